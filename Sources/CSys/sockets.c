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
