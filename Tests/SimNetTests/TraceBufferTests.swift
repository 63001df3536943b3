import MixNet
import Testing

@testable import SimNet

/// What a trace writes eight digits at a time is what a number says of itself.
struct TraceBufferTests {
  private static let edges: [UInt64] =
    [0, 9, 10, 99, 100, 9_999, 10_000, 99_999_999, 100_000_000, 9_999_999_999_999_999, 10_000_000_000_000_000, .max]
    + (0..<20).flatMap { power -> [UInt64] in
      let whole = (0..<power).reduce(UInt64(1)) { value, _ in value &* 10 }
      return [whole - 1, whole, whole &+ 1]
    }

  @Test func numbersAreWrittenAsTheyAre() {
    var random = SimSeed(1).stream(.world)
    let buffer = TraceBuffer(capacity: 64)
    for number in Self.edges + (0..<20_000).map({ random.next() >> UInt64($0 % 64) }) {
      buffer.append(number: number)
      #expect(buffer.text(from: 0, to: buffer.count) == String(number))
      buffer.removeAll()
      buffer.append(hex: number)
      let digits = String(number, radix: 16)
      #expect(buffer.text(from: 0, to: buffer.count) == String(repeating: "0", count: 16 - digits.count) + digits)
      buffer.removeAll()
    }
  }

  /// What finds no room is left out, and nothing is written behind the end.
  @Test func aFullBufferStaysFull() {
    let buffer = TraceBuffer(capacity: 40)
    buffer.append(fact: "name")
    for _ in 0..<10 {
      buffer.append(number: 12_345)
      buffer.append(hex: 7)
      buffer.append(fact: "more")
    }
    #expect(buffer.count <= 40)
    #expect(buffer.text(from: 0, to: 11) == " name=12345")
  }
}
