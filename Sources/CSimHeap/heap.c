#include "CSimHeap.h"

#include <stdlib.h>

#ifdef __GLIBC__

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// A run of 20 nodes has about as much; it is taken from the system only as it is touched.
static const size_t first_piece = 64 << 20;
static const size_t later_pieces = 16 << 20;
static const size_t large_page = 2 << 20;

void sim_heap_begin(void) {
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TOP_PAD, (int)first_piece);
  // More than is left of what the library took at its start.
  void *memory = malloc(large_page);
  mallopt(M_TOP_PAD, (int)later_pieces);
  uintptr_t start = ((uintptr_t)memory + large_page - 1) & ~(uintptr_t)(large_page - 1);
  uintptr_t end = (uintptr_t)sbrk(0);
  if (memory && start < end) madvise((void *)start, end - start, MADV_HUGEPAGE);
  free(memory);
}

#else

void sim_heap_begin(void) {}

#endif
