#define _GNU_SOURCE
#include "CSys.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

int sys_random(void *bytes, size_t size) {
  char *at = bytes;
  while (size > 0) {
    ssize_t count = getrandom(at, size, 0);
    if (count < 0 && errno != EINTR) return -errno;
    if (count > 0) {
      at += count;
      size -= (size_t)count;
    }
  }
  return 0;
}

int sys_signals_open(void) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGHUP);
  int refused = pthread_sigmask(SIG_BLOCK, &wanted, NULL);
  if (refused != 0) return -refused;
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
  int made = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
  return made < 0 ? -errno : made;
}

int sys_signals_take(int descriptor) {
  struct signalfd_siginfo taken;
  ssize_t size;
  do {
    size = read(descriptor, &taken, sizeof taken);
  } while (size < 0 && errno == EINTR);
  return size == sizeof taken ? (int)taken.ssi_signo : 0;
}

void sys_name_thread(const char *name) {
  char kept[16] = {0};
  strncpy(kept, name, sizeof kept - 1);
  prctl(PR_SET_NAME, kept);
}

void sys_error_text(int code, char *text, size_t size) {
  char scratch[128];
  // GNU's form: the answer may be a constant and leave the scratch alone.
  snprintf(text, size, "%s", strerror_r(code, scratch, sizeof scratch));
}
