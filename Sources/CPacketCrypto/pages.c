#include "CPacketCrypto.h"
#include <errno.h>
#include <sys/mman.h>

// Linux 5.14 knows it.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

// Brings all pages. False when memory is short.
static bool touch(void *pages, size_t size) {
  if (madvise(pages, size, MADV_POPULATE_WRITE) == 0) return true;
  if (errno != EINVAL) return false;
  // No system has smaller ones.
  for (size_t place = 0; place < size; place += 4096) ((volatile char *)pages)[place] = 0;
  return true;
}

void *packet_crypto_pages(size_t size) {
  void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return NULL;
  // Where there are none, small ones do.
  (void)madvise(pages, size, MADV_HUGEPAGE);
  if (touch(pages, size)) return pages;
  (void)munmap(pages, size);
  return NULL;
}

void packet_crypto_pages_free(void *pages, size_t size) {
  if (pages != NULL) (void)munmap(pages, size);
}
