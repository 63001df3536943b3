#pragma once
#include <sys/socket.h>
#include <stddef.h>
#include <stdint.h>

// What Linux has and `import Glibc` lacks. Every function gives a negative errno where it fails, so that no caller has
// to read `errno` after Swift may have run code in between. No header of the system stands here: its types would belong
// to this module or to Glibc, whichever was read first.

/// What a descriptor is watched for, and what has come of it: the bits of `epoll_event`.
static const uint32_t sys_event_in = 0x001;
static const uint32_t sys_event_out = 0x004;
static const uint32_t sys_event_error = 0x008;
static const uint32_t sys_event_hangup = 0x010;
static const uint32_t sys_event_by_edge = 1u << 31;

/// One event, laid out as `epoll_event` (packed where the kernel packs it).
struct sys_event {
  uint32_t events;
  uint64_t token;
}
#ifdef __x86_64__
__attribute__((packed))
#endif
;

/// A new epoll descriptor, closed on exec.
int sys_epoll_create(void);
/// Starts to watch a descriptor; `token` comes back with each event.
int sys_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
/// Chooses anew what a descriptor is watched for.
int sys_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t token);
/// Stops to watch a descriptor.
int sys_epoll_remove(int epoll, int descriptor);
/// Waits for at most `wait_ns` nanoseconds (negative: for ever) and gives the number of events in `found`.
/// Never ends early for want of precision: on a kernel older than 5.11 the time is rounded up to milliseconds.
int sys_epoll_wait(int epoll, struct sys_event *found, int room, int64_t wait_ns);
/// What `sys_epoll_wait` does on a kernel older than 5.11.
int sys_epoll_wait_ms(int epoll, struct sys_event *found, int room, int64_t wait_ns);

/// A new event counter, non-blocking and closed on exec.
int sys_eventfd(void);
/// Makes the counter readable.
void sys_eventfd_raise(int descriptor);
/// Makes the counter unreadable.
void sys_eventfd_clear(int descriptor);

/// Takes a waiting connection, non-blocking and closed on exec. `peer` has room for `*peer_size` bytes of an address.
int sys_accept(int listener, void *peer, uint32_t *peer_size);
/// Scattered read and gathered write; `slices` is laid out as `struct iovec`. A write never raises SIGPIPE.
ptrdiff_t sys_read_slices(int descriptor, const void *slices, int count);
ptrdiff_t sys_write_slices(int descriptor, const void *slices, int count);

/// Where a datagram is for, or came from.
struct sys_peer {
  uint32_t size;
  struct sockaddr_storage address;
};

enum { sys_datagrams_max = 8, sys_targets_max = 64 };

/// Takes the datagrams that are there, `count` (at most `sys_datagrams_max`) of them, each into a piece of `bytes` of `each` bytes; says
/// how many, or a negative error. `sizes`: their whole sizes, also where only a part had room.
int sys_receive_datagrams(int descriptor, void *bytes, size_t each, int count, size_t *sizes, struct sys_peer *senders);

/// Sends the same datagram to `count` targets (at most `sys_targets_max`), until one fails; says to how many, or the first one's negative error.
int sys_send_datagrams(int descriptor, const void *bytes, size_t size, const struct sys_peer *targets, int count);

/// Fills `bytes` from the system's generator; waits only until the system has been seeded after its start.
int sys_random(void *bytes, size_t size);

/// Blocks SIGTERM, SIGINT and SIGHUP in this thread and in those it will start, ignores SIGPIPE, and gives a
/// descriptor, non-blocking and closed on exec, from which the three are read.
int sys_signals_open(void);
/// The number of one signal that has come, or 0.
int sys_signals_take(int descriptor);

/// Waits for at most `wait_ns` nanoseconds (negative: for ever): 1 when readable, 0 when the time is over.
int sys_wait_readable(int descriptor, int64_t wait_ns);

/// Names the calling thread; the system keeps 15 bytes.
void sys_name_thread(const char *name);
/// Writes the system's words for an errno, with a final zero.
void sys_error_text(int code, char *text, size_t size);
