#pragma once

// A Swift program that breaks a rule of the language is ended by a signal. Whoever runs code that may do so leaves a
// note of what it is about to do; if the thread then dies, the note is the last thing on standard error.

/// Leaves a note for the calling thread: its first 1,000 bytes are kept. NULL takes it back.
void trap_note(const char *text);
