#define _GNU_SOURCE
#include "CSys.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int sys_accept(int listener, void *peer, uint32_t *peer_size) {
  int taken = accept4(listener, peer, peer_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return taken < 0 ? -errno : taken;
}

// One slice is the common case, and a plain call the cheaper one: no list is copied into the kernel and checked.
ptrdiff_t sys_read_slices(int descriptor, const void *slices, int count) {
  const struct iovec *list = slices;
  ptrdiff_t moved;
  do {
    moved = count == 1 ? recv(descriptor, list->iov_base, list->iov_len, 0) : readv(descriptor, list, count);
  } while (moved < 0 && errno == EINTR);
  return moved < 0 ? -errno : moved;
}

// A head and a short body are sent as one piece for the same reason.
enum { together_max = 1024 };

static ptrdiff_t send_together(int descriptor, const struct iovec *list, int count, size_t size) {
  char bytes[together_max];
  char *end = bytes;
  for (int i = 0; i < count; i++) end = (char *)memcpy(end, list[i].iov_base, list[i].iov_len) + list[i].iov_len;
  return send(descriptor, bytes, size, MSG_NOSIGNAL);
}

static size_t size_of(const struct iovec *list, int count) {
  size_t size = 0;
  for (int i = 0; i < count && size <= together_max; i++) size += list[i].iov_len;
  return size;
}

ptrdiff_t sys_write_slices(int descriptor, const void *slices, int count) {
  struct msghdr message = {.msg_iov = (struct iovec *)slices, .msg_iovlen = (size_t)count};
  size_t size = size_of(slices, count);
  ptrdiff_t moved;
  do {
    moved = size <= together_max ? send_together(descriptor, slices, count, size) : sendmsg(descriptor, &message, MSG_NOSIGNAL);
  } while (moved < 0 && errno == EINTR);
  return moved < 0 ? -errno : moved;
}

int sys_receive_datagrams(int descriptor, void *bytes, size_t each, int count, size_t *sizes, struct sys_peer *senders) {
  struct mmsghdr headers[sys_datagrams_max];
  struct iovec parts[sys_datagrams_max];
  for (int i = 0; i < count; i++) {
    parts[i] = (struct iovec){.iov_base = (char *)bytes + (size_t)i * each, .iov_len = each};
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = &senders[i].address, .msg_namelen = sizeof senders[i].address, .msg_iov = &parts[i], .msg_iovlen = 1};
  }
  int taken;
  do {
    taken = recvmmsg(descriptor, headers, (unsigned)count, MSG_TRUNC | MSG_DONTWAIT, NULL);
  } while (taken < 0 && errno == EINTR);
  for (int i = 0; i < taken; i++) {
    sizes[i] = headers[i].msg_len;
    senders[i].size = headers[i].msg_hdr.msg_namelen;
  }
  return taken < 0 ? -errno : taken;
}

int sys_send_datagrams(int descriptor, const void *bytes, size_t size, const struct sys_peer *targets, int count) {
  struct mmsghdr headers[sys_targets_max];
  struct iovec whole = {.iov_base = (void *)bytes, .iov_len = size};
  for (int i = 0; i < count; i++) {
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = (void *)&targets[i].address, .msg_namelen = targets[i].size, .msg_iov = &whole, .msg_iovlen = 1};
  }
  int sent;
  do {
    sent = sendmmsg(descriptor, headers, (unsigned)count, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}
