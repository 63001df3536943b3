package import MixNet

/// Puts payloads together from their parts, in whatever order these come. What is kept is what has come, never what was announced; it is
/// bounded in all, for each origin, and in time.
package struct ChunkAssembler: Sendable {
  package struct Settings: Sendable {
    /// Bytes that wait for further parts, in all and of one origin: two of the largest payloads, with the lists of their parts, so that one
    /// which waits for a part does not keep the next one out.
    package var bytesMax = 64 << 20
    package var originBytesMax = 33 << 20
    /// Payloads that wait, in all and of one origin: parts may be small.
    package var payloadsMax = 256
    package var originPayloadsMax = 8
    /// How long a payload may take from its first part to its last.
    package var wait = Nanos.s(60)

    package init() {}
  }

  package enum Outcome: Equatable, Sendable {
    /// Others are still to come.
    case incomplete
    case complete([UInt8])
    /// The part contradicts one that came before, or the whole is not what they say.
    case wrong
    /// There is no room for it.
    case full
  }

  private struct Payload: Sendable {
    let origin: Bytes32
    let epoch: UInt64
    let chunk: Chunk
    let since: Instant
    var parts: [[UInt8]?]
    var missing: Int
    var bytes: Int
  }

  package let settings: Settings
  /// In the order in which they began.
  private var payloads: [Payload] = []
  /// Bytes that wait, and those of the lists that they are in.
  package private(set) var bytes = 0
  /// Payloads that were given up.
  package private(set) var givenUp = 0

  package init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Payloads that wait for further parts.
  package var count: Int { payloads.count }
  /// When the next payload is given up.
  package var next: Instant { payloads.first.map { $0.since + settings.wait } ?? .never }

  /// A part came, of a message whose origin is proved; `part` is what follows its header.
  package mutating func take(
    _ chunk: Chunk, _ part: [UInt8], origin: Bytes32, epoch: UInt64, now: Instant
  ) -> Outcome {
    guard part.count == chunk.range.count else { return .wrong }
    let known = payloads.firstIndex { $0.origin == origin && $0.epoch == epoch && $0.chunk.first == chunk.first }
    if let known {
      let other = payloads[known].chunk
      guard other.size == chunk.size, other.content == chunk.content else { return .wrong }
      guard payloads[known].parts[chunk.number] == nil else { return .incomplete }
    }
    let isNew = known == nil
    guard makeRoom(for: part.count + (isNew ? Self.cost(of: chunk) : 0), isNew, of: origin) else { return .full }
    // What made room stood elsewhere, but may have stood before it.
    let place =
      payloads.firstIndex { $0.origin == origin && $0.epoch == epoch && $0.chunk.first == chunk.first }
      ?? begin(
        chunk, origin, epoch, now)
    payloads[place].parts[chunk.number] = part
    payloads[place].missing -= 1
    payloads[place].bytes += part.count
    bytes += part.count
    return payloads[place].missing == 0 ? finish(place) : .incomplete
  }

  /// What the list of its parts takes: parts of one byte must not come cheap.
  private static func cost(of chunk: Chunk) -> Int { 256 + 8 * chunk.count }

  private mutating func begin(_ chunk: Chunk, _ origin: Bytes32, _ epoch: UInt64, _ now: Instant) -> Int {
    payloads.append(
      Payload(
        origin: origin, epoch: epoch, chunk: chunk, since: now, parts: [[UInt8]?](repeating: nil, count: chunk.count),
        missing: chunk.count, bytes: Self.cost(of: chunk)))
    bytes += Self.cost(of: chunk)
    return payloads.count - 1
  }

  private mutating func finish(_ place: Int) -> Outcome {
    let payload = payloads.remove(at: place)
    bytes -= payload.bytes
    let whole = payload.parts.flatMap { $0 ?? [] }
    return GossipHeader.content(of: whole.span) == payload.chunk.content ? .complete(whole) : .wrong
  }

  /// Gives up the oldest payloads of others until so many bytes fit; nobody makes room for an origin that has its share.
  private mutating func makeRoom(for size: Int, _ isNew: Bool, of origin: Bytes32) -> Bool {
    let own = payloads.filter { $0.origin == origin }
    guard own.reduce(size, { $0 + $1.bytes }) <= settings.originBytesMax, size <= settings.bytesMax else {
      return false
    }
    guard !isNew || own.count < settings.originPayloadsMax else { return false }
    while bytes + size > settings.bytesMax || isNew && payloads.count >= settings.payloadsMax {
      guard let oldest = payloads.firstIndex(where: { $0.origin != origin }) else { return false }
      giveUp(oldest)
    }
    return true
  }

  private mutating func giveUp(_ place: Int) {
    bytes -= payloads[place].bytes
    payloads.remove(at: place)
    givenUp += 1
  }

  /// Gives up what has waited for too long.
  package mutating func tick(_ now: Instant) {
    while let first = payloads.first, first.since + settings.wait <= now { giveUp(0) }
  }
}
