import Glibc

/// True when there is something at this path.
func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Waits so many milliseconds.
func sleepMS(_ milliseconds: UInt32) { usleep(milliseconds * 1_000) }
