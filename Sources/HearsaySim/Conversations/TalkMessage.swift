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
    let first = UInt8(truncatingIfNeeded: mixed >> 32)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
    bytes.append(sendClass.rawValue)
    for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    for place in Self.headSize..<size { bytes.append(first &+ UInt8(truncatingIfNeeded: place &* 7)) }
    return bytes
  }

  /// How many they are.
  var size: Int { Self.headSize + Int(mixed % UInt64(Self.restMax + 1)) }

  /// A number that follows from what it is; the finalizer of SplitMix64.
  private var mixed: UInt64 {
    var x = UInt64(half) << 34 ^ UInt64(number) << 2 ^ UInt64(sendClass.rawValue)
    x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
    return x ^ x >> 31
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
  var cost: Int { size + 16 }
}
