package import MixNet

/// What has come of each origin that was heard lately, by its number.
///
/// There is room for so many origins; a further one takes the place of the one that was quiet for longest. What that loses is found again by
/// the messages' age and their ids, as long as those are remembered.
package struct OriginWindows: ~Copyable, Sendable {
  package struct Known: Sendable {
    package let origin: UInt64
    package fileprivate(set) var window: SequenceWindow
    /// When its last message came.
    package fileprivate(set) var heard: Instant
    /// When a new one, after the first, last came from nobody but itself.
    package fileprivate(set) var spoke = Instant.zero
  }

  private var known: [Known] = []
  private var places: NumberTable
  package let capacity: Int
  /// When an origin was last forgotten to make room for another.
  private var forgot: Instant?

  /// Room for so many origins. `seed` is to be a secret, since others choose their keys.
  package init(capacity: Int, seed: Seed) {
    self.capacity = max(1, capacity)
    places = NumberTable(seed: seed)
  }

  package var count: Int { known.count }

  /// Takes note of a message whose origin is proved. `isStraight`: it came from there, over nobody else.
  package mutating func mark(
    _ origin: UInt64, epoch: UInt64, _ number: UInt64, isStraight: Bool = false, now: Instant
  ) -> SequenceWindow.Outcome {
    if let place = places[origin] {
      known[place].heard = now
      let outcome = known[place].window.mark(epoch: epoch, number)
      if isStraight, outcome == .new { known[place].spoke = now }
      return outcome
    }
    var new = Known(origin: origin, window: SequenceWindow(epoch: epoch), heard: now)
    let outcome = new.window.mark(epoch: epoch, number)
    guard outcome == .new || outcome == .old else { return outcome }
    if known.count < capacity {
      places[origin] = known.count
      known.append(new)
    } else if let oldest = known.indices.min(by: { known[$0].heard < known[$1].heard }) {
      forgot = now
      places[known[oldest].origin] = nil
      known[oldest] = new
      places[origin] = oldest
    }
    return outcome
  }

  /// An origin that has said nothing yet in this epoch.
  package mutating func know(_ origin: UInt64, epoch: UInt64, now: Instant) {
    guard places[origin] == nil, known.count < capacity else { return }
    places[origin] = known.count
    known.append(Known(origin: origin, window: SequenceWindow(epoch: epoch), heard: now))
  }

  /// What ``mark(_:epoch:_:now:)`` would say.
  package func look(_ origin: UInt64, epoch: UInt64, _ number: UInt64) -> SequenceWindow.Outcome {
    guard let place = places[origin] else { return number > 0 ? .new : .stale }
    return known[place].window.look(epoch: epoch, number)
  }

  package subscript(origin: UInt64) -> Known? { places[origin].map { known[$0] } }

  /// Whether it holds for one that was heard since then; also true when one may have been forgotten for which it did.
  func mayHave(since time: Instant, _ body: (Known) -> Bool) -> Bool {
    if let forgot, forgot >= time { return true }
    return known.contains { $0.heard >= time && body($0) }
  }

  /// Those that were heard since then, by their keys.
  package func heard(since time: Instant) -> [Known] {
    known.filter { $0.heard >= time }.sorted { $0.origin < $1.origin }
  }
}
