import Glibc

/// True when there is something at this path.
func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Waits until a descriptor that does not block has bytes (`POLLIN`) or room for some (`POLLOUT`).
func waitUntilReady(_ descriptor: Int32, for events: Int32) {
  var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
  _ = unsafe poll(&entry, 1, -1)
}

/// Waits so many milliseconds.
func sleepMS(_ milliseconds: UInt32) { usleep(milliseconds * 1_000) }
