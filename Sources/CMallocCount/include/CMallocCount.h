#pragma once
#include <stdint.h>

// Counts what the calling thread takes from the heap. A program that this module is linked into gets malloc and its
// kin from here; they pass everything on to the C library's own. It is meant for tests.

/// True when allocations are counted: with glibc, and without a sanitizer, which brings a heap of its own.
int malloc_count_works(void);
/// Allocations of the calling thread since it began; a realloc counts as one.
uint64_t malloc_count_calls(void);
/// The bytes that they asked for.
uint64_t malloc_count_bytes(void);
