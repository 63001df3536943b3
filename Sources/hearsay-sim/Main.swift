import CSimHeap
import Glibc
import HearsaySim

/// Whole networks in a simulated world: runs them, and says what broke which rule.
@main
enum Main {
  static func main() {
    sim_heap_begin()
    let words = Array(CommandLine.arguments.dropFirst())
    exit(HearsaySimProgram.run(words, program: program, out: { say(1, $0) }, note: { say(2, $0) }))
  }

  /// This program, however it was called, and even if its file has been built anew since.
  private static var program: String { "/proc/\(getpid())/exe" }

  private static func say(_ descriptor: Int32, _ line: String) {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}
