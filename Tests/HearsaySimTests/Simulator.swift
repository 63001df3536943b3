import Glibc

/// The program that was built beside the tests: sweeps start it for each of their runs.
let simulator: String = {
  guard let path = realpath("/proc/self/exe", nil) else { return "hearsay-sim" }
  defer { free(path) }
  return String(cString: path).split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    + "/hearsay-sim"
}()
