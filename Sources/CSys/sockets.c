#define _GNU_SOURCE
#include "CSys.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

int sys_accept(int listener, void *peer, uint32_t *peer_size) {
  int taken = accept4(listener, peer, peer_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return taken < 0 ? -errno : taken;
}

ptrdiff_t sys_read_slices(int descriptor, const void *slices, int count) {
  ptrdiff_t moved;
  do {
    moved = readv(descriptor, (const struct iovec *)slices, count);
  } while (moved < 0 && errno == EINTR);
  return moved < 0 ? -errno : moved;
}

ptrdiff_t sys_write_slices(int descriptor, const void *slices, int count) {
  struct msghdr message = {.msg_iov = (struct iovec *)slices, .msg_iovlen = (size_t)count};
  ptrdiff_t moved;
  do {
    moved = sendmsg(descriptor, &message, MSG_NOSIGNAL);
  } while (moved < 0 && errno == EINTR);
  return moved < 0 ? -errno : moved;
}
