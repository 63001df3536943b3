package import MixNet

/// The messages of the last while, as they came, for neighbours that ask: bounded in bytes, in number and in time.
///
/// The bytes lie in a ring that is taken at the start; a new message takes the place of the oldest ones.
package struct MessageCache: Sendable {
  package struct Entry: Sendable {
    package let id: Bytes16
    package let origin: UInt64
    package let epoch: UInt64
    package let sequence: UInt64
    /// The links that it had passed when it came here.
    package let hop: UInt8
    package let came: Instant
    /// Its frame's bytes.
    package let size: Int
    package let priority: GossipHeader.Priority
    fileprivate let place: Int
    /// How often each neighbour has been sent it because it asked, two bits a slot.
    fileprivate var answers: UInt32 = 0
  }

  /// Messages that a neighbour gets because it asked, at most, of one id.
  package static let answersMax = 3

  private var bytes: [UInt8]
  private var entries: [Entry?]
  private var index: RingIndex
  /// The number of the next message, the first one's being 1; how many are kept, and where the next one's bytes go.
  private var next: UInt64 = 1
  private var used = 0
  private var end = 0
  /// The newest entry, if there is one: most that is asked for.
  private var newest = 0
  package let keep: Nanos

  /// Room for so many bytes and messages, each kept for so long. `seed` is to be a secret where others choose ids.
  package init(bytesMax: Int, messagesMax: Int, keep: Nanos, seed: Seed) {
    // The ring is large and fills slowly: memory is touched when there is something in it, and only what was written is read.
    let size = max(1, bytesMax)
    bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { _, count in count = size }
    entries = [Entry?](repeating: nil, count: max(1, messagesMax))
    index = RingIndex(places: entries.count, seed: seed.derived("cache"))
    self.keep = keep
  }

  package var count: Int { used }
  /// Where the oldest one is, or would be.
  private var first: Int { index.place(of: next - UInt64(used)) }

  /// Keeps a message; false when it is larger than all the room, or is there already.
  package mutating func store(
    _ frame: Span<UInt8>, id: Bytes16, header: GossipHeader, hop: UInt8, now: Instant
  ) -> Bool {
    guard frame.count <= bytes.count, !contains(id) else { return false }
    forget(before: now)
    while used == entries.count { forgetFirst() }
    let place = room(for: frame.count)
    var span = bytes.mutableSpan
    span.put(frame, at: place)
    end = place + frame.count
    let number = index.place(of: next)
    entries[number] = Entry(
      id: id, origin: header.originKey, epoch: header.epoch, sequence: header.sequence, hop: hop, came: now,
      size: frame.count, priority: header.priority, place: place)
    index.add(id, number: next)
    newest = number
    next += 1
    used += 1
    return true
  }

  /// Where so many bytes may go: behind the newest message, or at the ring's begin. What lies there is forgotten.
  private mutating func room(for size: Int) -> Int {
    var place = end
    if place + size > bytes.count {
      // What lies between here and the ring's end is older than what lies at its begin.
      while let oldest = entries[first], oldest.place >= end { forgetFirst() }
      place = 0
    }
    // One without bytes must not stand before those that are in the way.
    while let oldest = entries[first], oldest.place < place + size, oldest.place + max(1, oldest.size) > place {
      forgetFirst()
    }
    return place
  }

  /// Forgets what is older than ``keep``.
  package mutating func forget(before now: Instant) {
    while let oldest = entries[first], now - oldest.came > keep { forgetFirst() }
  }

  private mutating func forgetFirst() {
    guard entries[first] != nil else { return }
    entries[first] = nil
    used -= 1
  }

  private func place(of id: Bytes16) -> Int? {
    if used > 0, entries[newest]?.id == id { return newest }
    return index.find(id, last: used, before: next) { entries[$0]?.id == id }.map { index.place(of: $0) }
  }

  package func contains(_ id: Bytes16) -> Bool { place(of: id) != nil }

  package subscript(id: Bytes16) -> Entry? { place(of: id).flatMap { entries[$0] } }

  /// Calls `body` with a message's bytes; nil when it is not there.
  package func withFrame<R>(_ id: Bytes16, _ body: (Span<UInt8>) -> R) -> R? {
    guard let entry = self[id] else { return nil }
    return body(bytes.span.extracting(entry.place..<entry.place + entry.size))
  }

  /// Copies a message's bytes to `offset`; nothing when it is not there.
  package func copy(_ id: Bytes16, into out: inout MutableSpan<UInt8>, at offset: Int) {
    guard let entry = self[id] else { return }
    out.put(bytes.span.extracting(entry.place..<entry.place + entry.size), at: offset)
  }

  /// A neighbour asks for a message: true when it is there, and it has not asked too often.
  package mutating func mayAnswer(_ id: Bytes16, to slot: Slot) -> Bool {
    guard let place = place(of: id), var entry = entries[place], 0..<Slots.count ~= slot else { return false }
    let shift = UInt32(2 * slot)
    guard entry.answers >> shift & 3 < UInt32(Self.answersMax) else { return false }
    entry.answers += 1 << shift
    entries[place] = entry
    return true
  }

  /// Another neighbour has this slot now.
  package mutating func forgetAnswers(to slot: Slot) {
    guard 0..<Slots.count ~= slot else { return }
    for number in 0..<used { entries[(first + number) % entries.count]?.answers &= ~(3 << UInt32(2 * slot)) }
  }

  /// The messages that came since then, the oldest first.
  package func since(_ time: Instant) -> [Entry] {
    var some: [Entry] = []
    forEach { if $0.came >= time { some.append($0) } }
    return some
  }

  /// Calls `body` with each message, the oldest first, without a list of all of them.
  package func forEach(_ body: (Entry) -> Void) {
    for number in 0..<used {
      let place = first + number
      if let entry = entries[place < entries.count ? place : place - entries.count] { body(entry) }
    }
  }
}
