package import MixNet

/// Which messages of some origins a node has: what it sends to a neighbour, who sends back what it lacks.
///
/// It tells of all origins with keys in a range that it has heard of lately; the neighbour takes it that of others in the range the node has
/// nothing. Bytes, big-endian: `first 8 | last 8 | count 2 |`, for each origin, the keys ascending,
/// `key 8 | epoch 8 | complete 8 | words 1 | word 8 ...`: everything up to the number `complete` needs no sending, and of those behind it the
/// lowest bit of the first word stands for the next, and so on.
package struct OriginDigest: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package let origin: UInt64
    package let epoch: UInt64
    package let complete: UInt64
    package let words: [UInt64]

    /// Whether this number need not be sent.
    package func has(epoch: UInt64, _ number: UInt64) -> Bool {
      guard epoch == self.epoch else { return epoch < self.epoch }
      guard number > complete else { return true }
      let place = number - complete - 1
      guard place < UInt64(64 * words.count) else { return false }
      return words[Int(place / 64)] >> (place % 64) & 1 == 1
    }

    /// Whether a message that this window knows may have to be sent.
    fileprivate func mayLack(_ window: SequenceWindow) -> Bool {
      guard epoch == window.epoch else { return epoch < window.epoch }
      guard complete < window.newest else { return false }
      // What has fallen out of the window may still be kept.
      let behind = window.newest - complete
      guard behind <= SequenceWindow.size else { return true }
      return stride(from: 0, to: behind, by: 64).contains { ahead in
        let place = Int(ahead / 64)
        return window.word(from: complete + 1 + ahead) & ~(place < words.count ? words[place] : 0) != 0
      }
    }
  }

  package let range: ClosedRange<UInt64>
  package let lines: [Line]

  /// Origins in one digest, at most.
  package static let linesMax = 512
  /// Bytes of a digest, about: no more than a large message has.
  package static let sizeMax = 32_000
  private static let headerSize = 18

  /// What is known of the origins from a key on that were heard since a time: as many as there is room for. The next digest goes on at
  /// ``next``.
  package init(_ windows: borrowing OriginWindows, from key: UInt64, since: Instant, linesMax: Int = Self.linesMax) {
    let all = windows.heard(since: since).filter { $0.origin >= key }
    var (some, size): ([Line], Int) = ([], Self.headerSize)
    for known in all.prefix(linesMax) {
      let line = Line(known)
      size += 25 + 8 * line.words.count
      guard size <= Self.sizeMax else { break }
      some.append(line)
    }
    lines = some
    range = key...(all.count > some.count ? some.last?.origin ?? .max : .max)
  }

  /// The key from which the next digest tells; 0 when this one told of the last.
  package var next: UInt64 { range.upperBound &+ 1 }

  /// True for a message in the digest's range that whoever sent it does not have.
  package func lacks(_ origin: UInt64, epoch: UInt64, _ number: UInt64) -> Bool {
    guard range.contains(origin) else { return false }
    return line(of: origin).map { !$0.has(epoch: epoch, number) } ?? true
  }

  /// False when whoever sent it has all that these windows know of origins that were heard since a time, as nearly always: then no
  /// message need be looked at.
  package func mayLack(_ windows: borrowing OriginWindows, heardSince time: Instant) -> Bool {
    windows.mayHave(since: time) { known in
      guard range.contains(known.origin) else { return false }
      return line(of: known.origin).map { $0.mayLack(known.window) } ?? (known.window.newest > 0)
    }
  }

  private func line(of origin: UInt64) -> Line? {
    var (low, high) = (0, lines.count)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].origin < origin { low = middle + 1 } else { high = middle }
    }
    return low < lines.count && lines[low].origin == origin ? lines[low] : nil
  }

  // MARK: Bytes

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func put<T: FixedWidthInteger>(_ value: T) {
      for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
      }
    }
    put(range.lowerBound)
    put(range.upperBound)
    put(UInt16(clamping: lines.count))
    for line in lines {
      put(line.origin)
      put(line.epoch)
      put(line.complete)
      put(UInt8(clamping: line.words.count))
      for word in line.words { put(word) }
    }
    return bytes
  }

  /// Reads a digest; nil when the bytes are none.
  package init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.headerSize else { return nil }
    let (first, last) = (bytes.bigEndianWord(at: 0), bytes.bigEndianWord(at: 8))
    let count = Int(bytes.bigEndian(at: 16, as: UInt16.self))
    guard first <= last, count <= Self.linesMax else { return nil }
    var lines: [Line] = []
    var place = Self.headerSize
    for _ in 0..<count {
      guard place + 25 <= bytes.count else { return nil }
      let words = Int(bytes[place + 24])
      guard words <= Int(SequenceWindow.size / 64), place + 25 + 8 * words <= bytes.count else { return nil }
      let line = Line(
        origin: bytes.bigEndianWord(at: place), epoch: bytes.bigEndianWord(at: place + 8),
        complete: bytes.bigEndianWord(at: place + 16),
        words: (0..<words).map { bytes.bigEndianWord(at: place + 25 + 8 * $0) })
      guard first...last ~= line.origin, lines.last.map({ $0.origin < line.origin }) ?? true else { return nil }
      lines.append(line)
      place += 25 + 8 * words
    }
    guard place == bytes.count else { return nil }
    (range, self.lines) = (first...last, lines)
  }
}

extension OriginDigest.Line {
  fileprivate init(_ known: OriginWindows.Known) {
    let window = known.window
    let complete = window.complete
    let behind = window.newest - complete
    // Nothing is added beyond what has come: that may be the last number that there is.
    let words = stride(from: 0, to: behind, by: 64).map { window.word(from: complete + 1 + $0) }
    self.init(origin: known.origin, epoch: window.epoch, complete: complete, words: words)
  }
}
