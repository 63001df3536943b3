import MixNet
import SimNet

/// The data frames that programs have written to the streams of a simulated world, and those that they have read from them, in their order.
final class WireTap: StreamMeter {
  struct Way {
    let from: Int
    let to: Int
    var written = FrameCutter()
    var read = FrameCutter()
  }

  private struct Key: Hashable {
    let stream: UInt64
    let side: Int
  }

  private var places: [Key: Int] = [:]
  private(set) var ways: [Way] = []

  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
    let key = Key(stream: passage.number, side: passage.side)
    let place = places[key] ?? ways.count
    if place == ways.count {
      places[key] = place
      ways.append(Way(from: Int(passage.from), to: Int(passage.to)))
    }
    if passage.isWritten { ways[place].written.take(bytes) } else { ways[place].read.take(bytes) }
  }
}

/// Cuts the bytes of one way of a link into frames, and keeps those that carry data: `length 4 | kind 1 | body`.
struct FrameCutter {
  private(set) var frames: [[UInt8]] = []
  private var rest: [UInt8] = []

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    rest += bytes
    var place = 0
    while rest.count - place >= 4 {
      let size = rest[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard rest.count - place - 4 >= size else { break }
      let frame = rest[place + 4..<place + 4 + size]
      if frame.first == FrameKind.data.rawValue { frames.append(Array(frame.dropFirst())) }
      place += 4 + size
    }
    rest.removeFirst(place)
  }
}
