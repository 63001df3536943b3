// One word a thread: who is told of the probes that this thread passes. Swift has no thread-local variables.
#pragma once

// What was last set on this thread; NULL when nothing was.
extern _Thread_local void *_Nullable probes_current;
static inline void *_Nullable probes_listener(void) { return probes_current; }

// Sets it for this thread alone.
void probes_set_listener(void *_Nullable listener);

// A number that no seed knows: it grows with each call, whoever makes it.
unsigned long probes_outside(void);
