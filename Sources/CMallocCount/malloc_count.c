#include "CMallocCount.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEAP_IS_TAKEN 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HEAP_IS_TAKEN)

// glibc's own functions, under the names that it keeps for those who stand in for it.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

// A thread counts its own: tests run side by side. The model is the one that takes no memory of its own.
static __thread uint64_t calls __attribute__((tls_model("initial-exec")));
static __thread uint64_t bytes __attribute__((tls_model("initial-exec")));

static void count(size_t size) {
  calls += 1;
  bytes += size;
}

void *malloc(size_t size) {
  count(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  size_t product = 0;
  count(__builtin_mul_overflow(number, size, &product) ? 0 : product);
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  count(size);
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *taken = memalign(alignment, size);
  if (taken == NULL) return ENOMEM;
  *memory = taken;
  return 0;
}

void free(void *memory) { __libc_free(memory); }

int malloc_count_works(void) { return 1; }
uint64_t malloc_count_calls(void) { return calls; }
uint64_t malloc_count_bytes(void) { return bytes; }

#else

int malloc_count_works(void) { return 0; }
uint64_t malloc_count_calls(void) { return 0; }
uint64_t malloc_count_bytes(void) { return 0; }

#endif
