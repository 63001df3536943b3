import Glibc
import LinuxNet
import MixNet
import Testing

/// Waits until `isDone` holds, looking again and again; records an issue when it never does.
@discardableResult
func eventually(
  _ what: Comment, within seconds: UInt64 = 60, at location: SourceLocation = #_sourceLocation,
  _ isDone: () throws -> Bool
) rethrows -> Bool {
  let clock = SystemClock()
  let deadline = clock.now + .s(seconds)
  while true {
    if try isDone() { return true }
    guard clock.now < deadline else { break }
    usleep(1_000)
  }
  Issue.record(what, sourceLocation: location)
  return false
}

/// Something that did not happen although the test needs it to go on.
struct Missing: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// How long `body` takes.
func time(_ body: () throws -> Void) rethrows -> Nanos {
  let clock = SystemClock()
  let start = clock.now
  try body()
  return clock.now - start
}

/// Bytes that follow from a number, different for each.
func sample(_ count: Int, _ number: UInt64) -> [UInt8] {
  var random = RandomStream(seed: Seed(number, 0x6661_756c_7473))
  var bytes = [UInt8](repeating: 0, count: count)
  var span = bytes.mutableSpan
  random.fill(&span)
  return bytes
}
