import MixNet

/// The multiplications of one batch: which packet is in which lane, and the lanes' scalars, points and products in one
/// piece each, 32 bytes a lane.
///
/// A batch may take several rounds, one a key. While the products of a round are read, the lanes of the next are filled.
struct Lanes: ~Copyable {
  private struct Lane {
    var index = 0
    /// The round whose product it reads; 0 for none.
    var round = 0
  }

  private var lanes: [Lane]
  private var scalars: SecretBuffer
  private var points: SecretBuffer
  private(set) var products: SecretBuffer
  /// Lanes filled for the next round.
  private var filled = 0
  /// Lanes that held a secret since the last reset.
  private var used = 0
  /// The round whose products are there; 0 before the first.
  private(set) var round = 0

  init(capacity: Int) {
    precondition(capacity > 0 && capacity <= 1 << 20, "a batch has room for 1 to 2^20 packets")
    lanes = Array(repeating: Lane(), count: capacity)
    scalars = SecretBuffer(count: 32 * capacity)
    points = SecretBuffer(count: 32 * capacity)
    products = SecretBuffer(count: 32 * capacity)
  }

  /// Whether `place` has a product in this round.
  func awaits(_ place: Int) -> Bool { round > 0 && lanes[place].round == round }

  /// Puts `place` into the next round, with the point in `range` of `bytes`.
  mutating func enter(_ place: Int, point range: Range<Int>, of bytes: Span<UInt8>) {
    precondition(lanes[place].round <= round, "a place is entered once a round")
    lanes[place] = Lane(index: filled, round: round + 1)
    points.copy(range, of: bytes, to: 32 * filled)
    filled += 1
    used = max(used, filled)
  }

  /// Puts `place` into the next round, with a point and a scalar.
  mutating func enter(
    _ place: Int, point range: Range<Int>, of bytes: Span<UInt8>, scalar: Range<Int>, of secrets: Span<UInt8>
  ) {
    scalars.copy(scalar, of: secrets, to: 32 * filled)
    enter(place, point: range, of: bytes)
  }

  /// Puts `place` into the next round, with a point that is not secret and a scalar.
  mutating func enter(_ place: Int, point: Bytes32, scalar: Range<Int>, of secrets: borrowing SecretBuffer) {
    precondition(lanes[place].round <= round, "a place is entered once a round")
    lanes[place] = Lane(index: filled, round: round + 1)
    scalars.copy(scalar, of: secrets, to: 32 * filled)
    points.set(point, at: 32 * filled)
    filled += 1
    used = max(used, filled)
  }

  /// Puts `place` into the next round, with a scalar for the base point.
  mutating func enter(_ place: Int, base scalar: Range<Int>, of secrets: borrowing SecretBuffer) {
    enter(place, point: Bytes32(), scalar: scalar, of: secrets)
  }

  /// Multiplies the base point by each scalar that was entered.
  mutating func multiplyBase(with multiplier: any PointMultiplier) {
    let all = 0..<32 * filled
    let scalars = unsafe UnsafeBufferPointer(start: scalars.at(all), count: all.count)
    let products = unsafe UnsafeMutableBufferPointer(start: products.at(all), count: all.count)
    var span = unsafe products.mutableSpan
    unsafe multiplier.multiplyBase(scalars.span, into: &span)
    round += 1
    filled = 0
  }

  /// Multiplies what was entered: by `key`, if there is one, else each by its scalar. False when there is nothing.
  mutating func multiply(with multiplier: any PointMultiplier, key: SphinxSecretKey? = nil) -> Bool {
    guard filled > 0 else { return false }
    if let key { for lane in 0..<filled { key.copy(into: &scalars, at: 32 * lane) } }
    let all = 0..<32 * filled
    let scalars = unsafe UnsafeBufferPointer(start: scalars.at(all), count: all.count)
    let points = unsafe UnsafeBufferPointer(start: points.at(all), count: all.count)
    let products = unsafe UnsafeMutableBufferPointer(start: products.at(all), count: all.count)
    var span = unsafe products.mutableSpan
    unsafe multiplier.multiply(scalars.span, points.span, into: &span)
    round += 1
    filled = 0
    return true
  }

  /// Where the product of `place` lies in ``products``. It is read once.
  mutating func takeProduct(_ place: Int) -> Range<Int> {
    precondition(awaits(place), "no multiplication was done for this place")
    lanes[place].round = 0
    let start = 32 * lanes[place].index
    return start..<start + 32
  }

  /// Overwrites the secrets and forgets the batch.
  mutating func reset() {
    for place in lanes.indices { lanes[place].round = 0 }
    scalars.wipe(0..<32 * used)
    points.wipe(0..<32 * used)
    products.wipe(0..<32 * used)
    filled = 0
    used = 0
    round = 0
  }
}
