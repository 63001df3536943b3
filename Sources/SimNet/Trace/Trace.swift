public import MixNet

/// What happened in a run, one line an event: the time in nanoseconds, the host, the kind, facts, a digest of the bytes
/// that moved.
///
/// Its hash stands for the whole run. Lines are made in one buffer and hashed from there, so none of them is allocated,
/// whether they are also handed to a ``sink`` or not.
public final class Trace {
  private let buffer = TraceBuffer(capacity: Trace.bufferMax + Trace.lineMax)
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
  /// A line that is longer is cut.
  private static let lineMax = 8 << 10

  init(_ settings: TraceSettings) {
    self.settings = settings
    isOn = settings.isOn
    guard isOn else { return }
    checkpoints.reserveCapacity(max(2, settings.checkpointsMax))
  }

  /// BLAKE2b-256 of all lines so far; more may follow.
  public var digest: Bytes32 {
    flush()
    return hash.digest
  }

  /// Hands on what waits in the buffer.
  public func flush() {
    guard buffer.count > 0 else { return }
    buffer.withBytes { bytes in
      hash.add(bytes)
      sink?(bytes)
    }
    buffer.removeAll()
    lineStart = 0
  }

  // MARK: A line

  /// Begins a line. It is ended by ``end()``; between the two stand its facts.
  func begin(_ time: UInt64, _ host: [UInt8], _ kind: StaticString) {
    lineStart = buffer.count
    buffer.append(number: time)
    buffer.append(UInt8(ascii: " "))
    buffer.append(host)
    buffer.append(UInt8(ascii: " "))
    buffer.append(kind)
  }

  func fact(_ name: StaticString, _ value: UInt64) {
    buffer.append(fact: name)
    buffer.append(number: value)
  }

  func fact(_ name: StaticString, _ value: StaticString) {
    buffer.append(fact: name)
    buffer.append(value)
  }

  func fact(_ name: StaticString, _ value: String) {
    buffer.append(fact: name)
    buffer.append(value)
  }

  /// The name of another host, or of whatever has bytes for a name.
  func fact(_ name: StaticString, bytes: [UInt8]) {
    buffer.append(fact: name)
    buffer.append(bytes)
  }

  /// The digest of bytes that moved.
  func digest(_ value: UInt64) {
    buffer.append(UInt8(ascii: " "))
    buffer.append(UInt8(ascii: "#"))
    buffer.append(hex: value)
  }

  /// Begins a line that always says the same, from the space behind its time to the number of its first fact.
  func begin(_ time: UInt64, _ words: [UInt8], _ value: UInt64) {
    lineStart = buffer.count
    buffer.append(number: time)
    buffer.append(words)
    buffer.append(number: value)
  }

  func end() {
    buffer.append(UInt8(ascii: "\n"))
    if settings.kept.contains(lines) {
      kept.append((lines, buffer.text(from: lineStart, to: buffer.count - 1)))
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
}
