import Glibc

/// Lets others run for a moment.
func pause() { usleep(500) }
