#define _GNU_SOURCE
#include "CTrapNote.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define NOTE_MAX 1000

// In a signal handler nothing may be allocated: the note lies with the thread.
static __thread char note[NOTE_MAX + 1] __attribute__((tls_model("initial-exec")));
static __thread size_t note_size __attribute__((tls_model("initial-exec")));

static const int deadly[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
#define DEADLY (sizeof deadly / sizeof deadly[0])
static struct sigaction before[DEADLY];

static void show(int number) {
  if (note_size > 0) {
    ssize_t written = write(STDERR_FILENO, note, note_size);
    (void)written;
    note_size = 0;
  }
  // What would have happened without us happens now: the instruction is run again, and its signal is not ours any more.
  for (size_t i = 0; i < DEADLY; i++) {
    if (deadly[i] == number) sigaction(number, &before[i], NULL);
  }
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = show;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < DEADLY; i++) sigaction(deadly[i], &action, &before[i]);
}

void trap_note(const char *text) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  note_size = 0;
  if (text == NULL) return;
  pthread_once(&once, install);
  size_t size = strlen(text);
  if (size > NOTE_MAX) size = NOTE_MAX;
  memcpy(note, text, size);
  note_size = size;
}
