#define _GNU_SOURCE
#include "CSys.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct sys_event) == sizeof(struct epoll_event), "size of an event");
_Static_assert(offsetof(struct sys_event, token) == offsetof(struct epoll_event, data), "place of a token");
_Static_assert(EPOLLIN == 0x001 && EPOLLOUT == 0x004 && EPOLLERR == 0x008 && EPOLLHUP == 0x010, "bits of an event");
_Static_assert((uint32_t)EPOLLET == 1u << 31, "bit of the edge trigger");

int sys_epoll_create(void) {
  int made = epoll_create1(EPOLL_CLOEXEC);
  return made < 0 ? -errno : made;
}

static int control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int sys_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_ADD, descriptor, events, token);
}

int sys_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t token) {
  return control(epoll, EPOLL_CTL_MOD, descriptor, events, token);
}

int sys_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

static struct timespec time_of(int64_t ns) {
  return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

int sys_epoll_wait_ms(int epoll, struct sys_event *found, int room, int64_t wait_ns) {
  int wait_ms = -1;
  if (wait_ns >= 0) {
    int64_t up = wait_ns / 1000000 + (wait_ns % 1000000 != 0);
    wait_ms = up > INT_MAX ? INT_MAX : (int)up;
  }
  int count = epoll_wait(epoll, (struct epoll_event *)found, room, wait_ms);
  return count < 0 ? -errno : count;
}

int sys_epoll_wait(int epoll, struct sys_event *found, int room, int64_t wait_ns) {
#ifdef SYS_epoll_pwait2
  static atomic_bool is_missing;
  if (!atomic_load_explicit(&is_missing, memory_order_relaxed)) {
    struct timespec wait = time_of(wait_ns);
    long count = syscall(SYS_epoll_pwait2, epoll, found, room, wait_ns < 0 ? NULL : &wait, NULL, (size_t)0);
    if (count >= 0) return (int)count;
    // Sandboxes refuse calls that they do not know with EPERM.
    if (errno != ENOSYS && errno != EPERM) return -errno;
    atomic_store_explicit(&is_missing, true, memory_order_relaxed);
  }
#endif
  return sys_epoll_wait_ms(epoll, found, room, wait_ns);
}

int sys_eventfd(void) {
  int made = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return made < 0 ? -errno : made;
}

void sys_eventfd_raise(int descriptor) {
  uint64_t one = 1;
  // It can only fail when the counter is full, and then it is readable already.
  while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void sys_eventfd_clear(int descriptor) {
  uint64_t count;
  while (read(descriptor, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

int sys_wait_readable(int descriptor, int64_t wait_ns) {
  struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
  struct timespec wait = time_of(wait_ns);
  int count = ppoll(&wanted, 1, wait_ns < 0 ? NULL : &wait, NULL);
  return count < 0 ? -errno : count;
}
