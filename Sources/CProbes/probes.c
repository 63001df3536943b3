#include "probes.h"

#include <stdatomic.h>

static _Thread_local void *current;
static _Atomic unsigned long calls;

void *probes_listener(void) { return current; }
void probes_set_listener(void *listener) { current = listener; }
unsigned long probes_outside(void) { return ++calls; }
