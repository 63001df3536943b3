// How the simulator takes memory from its system.
#pragma once

// For a program that gives memory back only to want it again at once: the C library keeps it, and a first large piece of
// it lies in large pages, where the system has such. Call it once, before anything else. Other C libraries are left as they are.
void sim_heap_begin(void);
