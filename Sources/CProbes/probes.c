#include "probes.h"

static _Thread_local void *current;

void *probes_listener(void) { return current; }
void probes_set_listener(void *listener) { current = listener; }
