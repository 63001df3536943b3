public import MixNet

/// What happened in a run, one line an event: the time in nanoseconds, the host, the kind, facts, a digest of the bytes
/// that moved.
///
/// Its hash stands for the whole run. Lines are made in one buffer and hashed from there, so none of them is allocated,
/// whether they are also handed to a ``sink`` or not.
public final class Trace {
  private var buffer: [UInt8] = []
  private var lineStart = 0
  private let hash = TraceHash()
  private let settings: TraceSettings
  /// Whether lines are written at all.
  public let isOn: Bool
  /// How many lines there are.
  public private(set) var lines = 0
  /// Marks on the way, for ``TraceDifference``.
  public private(set) var checkpoints: [TraceCheckpoint] = []
  private var checkpointEvery = 64
  /// The lines that the settings want kept, each with its number.
  public private(set) var kept: [(number: Int, line: String)] = []
  /// Is handed all lines, some thousands of bytes at a time and always whole lines; it must not keep the span.
  public var sink: ((borrowing Span<UInt8>) -> Void)?

  private static let bufferMax = 32 << 10

  init(_ settings: TraceSettings) {
    self.settings = settings
    isOn = settings.isOn
    guard isOn else { return }
    buffer.reserveCapacity(Self.bufferMax + 1_024)
    checkpoints.reserveCapacity(max(2, settings.checkpointsMax))
  }

  /// BLAKE2b-256 of all lines so far; more may follow.
  public var digest: Bytes32 {
    flush()
    return hash.digest
  }

  /// Hands on what waits in the buffer.
  public func flush() {
    guard !buffer.isEmpty else { return }
    hash.add(buffer.span)
    sink?(buffer.span)
    buffer.removeAll(keepingCapacity: true)
    lineStart = 0
  }

  // MARK: A line

  /// Begins a line. It is ended by ``end()``; between the two stand its facts.
  func begin(_ time: UInt64, _ host: [UInt8], _ kind: StaticString) {
    lineStart = buffer.count
    number(time)
    buffer.append(UInt8(ascii: " "))
    buffer.append(contentsOf: host)
    buffer.append(UInt8(ascii: " "))
    text(kind)
  }

  func fact(_ name: StaticString, _ value: UInt64) {
    buffer.append(UInt8(ascii: " "))
    text(name)
    buffer.append(UInt8(ascii: "="))
    number(value)
  }

  func fact(_ name: StaticString, _ value: StaticString) {
    buffer.append(UInt8(ascii: " "))
    text(name)
    buffer.append(UInt8(ascii: "="))
    text(value)
  }

  func fact(_ name: StaticString, _ value: String) {
    buffer.append(UInt8(ascii: " "))
    text(name)
    buffer.append(UInt8(ascii: "="))
    buffer.append(contentsOf: value.utf8)
  }

  /// The name of another host, or of whatever has bytes for a name.
  func fact(_ name: StaticString, bytes: [UInt8]) {
    buffer.append(UInt8(ascii: " "))
    text(name)
    buffer.append(UInt8(ascii: "="))
    buffer.append(contentsOf: bytes)
  }

  /// The digest of bytes that moved.
  func digest(_ value: UInt64) {
    var digits = InlineArray<18, UInt8>(repeating: UInt8(ascii: " "))
    digits[1] = UInt8(ascii: "#")
    for place in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
      digits[2 + place] = digit < 10 ? 48 + digit : 87 + digit
    }
    append(digits.span)
  }

  func end() {
    buffer.append(UInt8(ascii: "\n"))
    if settings.kept.contains(lines) {
      let line = String(decoding: buffer[lineStart..<(buffer.count - 1)], as: UTF8.self)
      kept.append((lines, line))
    }
    lines += 1
    if lines % checkpointEvery == 0 { mark() }
    if buffer.count >= Self.bufferMax { flush() }
  }

  /// Remembers the hash up to here. When there are too many marks, every other one goes.
  private func mark() {
    checkpoints.append(TraceCheckpoint(lines: lines, digest: digest))
    guard checkpoints.count >= max(2, settings.checkpointsMax) else { return }
    checkpointEvery *= 2
    checkpoints.removeAll { $0.lines % checkpointEvery != 0 }
  }

  private func text(_ text: StaticString) {
    text.withUTF8Buffer { unsafe buffer.append(contentsOf: $0) }
  }

  /// Whole pieces are added, not bytes one by one: that is most of what a line costs.
  private func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
  }

  private func number(_ value: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var (rest, at) = (value, 20)
    repeat {
      at -= 1
      digits[at] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    append(digits.span.extracting(at..<20))
  }
}
