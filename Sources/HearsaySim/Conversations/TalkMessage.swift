import MixNet

/// A message of a conversation in the simulator: it says which half of which stream it belongs to, its class and its number
/// there, and the rest follows from that.
struct TalkMessage: Equatable {
  let half: Int
  let sendClass: SendClass
  let number: Int

  private static let headSize = 9
  private static let restMax = 400

  /// Its bytes, 9 to 409 of them.
  var bytes: [UInt8] {
    let seed = Seed(UInt64(half)).derived("talk", UInt64(number) << 2 | UInt64(sendClass.rawValue))
    var random = RandomStream(seed: seed)
    let count = Self.headSize + Int(random.below(UInt64(Self.restMax + 1)))
    let first = UInt8(truncatingIfNeeded: random.next())
    return head + (Self.headSize..<count).map { first &+ UInt8(truncatingIfNeeded: $0 * 7) }
  }

  private var head: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: half >> (24 - 8 * $0)) } + [sendClass.rawValue]
      + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  init(half: Int, _ sendClass: SendClass, _ number: Int) {
    (self.half, self.sendClass, self.number) = (half, sendClass, number)
  }

  /// What a message says that it is; nil when it is none, or not as it was sent.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headSize, let sendClass = SendClass(rawValue: bytes[4]) else { return nil }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 << 8 | Int($1) } }
    self.init(half: number(0..<4), sendClass, number(5..<9))
    guard self.bytes == bytes else { return nil }
  }

  /// What it costs in a window.
  var cost: Int { bytes.count + 16 }
}
