import MixNet
import SimNet

/// Someone at one link between two mixes, who notes when each frame with a packet is handed over, and how large it is.
final class GapMeter: StreamMeter {
  private let from: UInt32
  private let to: UInt32
  private let now: () -> Instant
  /// By the streams' places: the number of the stream, and how far its frames are.
  private var scanners: [Int: (number: UInt64, scanner: FrameScanner)] = [:]
  private var last: Instant?
  /// Nanoseconds between each two frames that follow each other.
  private(set) var gaps: [UInt64] = []
  /// All sizes of packets that were seen.
  private(set) var sizes: Set<Int> = []

  /// Looks at what one host sends to another, both by number.
  init(from: UInt32, to: UInt32, now: @escaping () -> Instant) { (self.from, self.to, self.now) = (from, to, now) }

  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
    guard passage.isWritten, passage.from == from, passage.to == to else { return }
    let place = 2 * passage.place + passage.side
    if scanners[place]?.number != passage.number { scanners[place] = (passage.number, FrameScanner()) }
    _ = unsafe scanners[place]?.scanner.scan(bytes, false) { _, size in note(size) }
  }

  private func note(_ size: Int) {
    sizes.insert(size)
    if let last { gaps.append((now() - last).ns) }
    last = now()
  }
}
