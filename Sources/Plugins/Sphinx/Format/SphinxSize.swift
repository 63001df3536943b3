/// The sizes of a packet: one value for all packets of a chain, so that no size tells packets apart.
///
/// A packet is a header of 348 bytes and a payload; the payload is 17 bytes larger than the longest message in it.
public struct SphinxSize: Hashable, Sendable {
  /// Bytes of the payload.
  public let payload: Int

  /// Sizes with a payload of so many bytes.
  /// - Throws: ``SphinxError/payloadSize(_:)`` outside ``payloads``.
  public init(payload: Int) throws(SphinxError) {
    guard Self.payloads.contains(payload) else { throw .payloadSize(payload) }
    self.payload = payload
  }

  /// Sizes of a packet of so many bytes.
  /// - Throws: ``SphinxError/payloadSize(_:)`` when what the header leaves is outside ``payloads``.
  public init(packet: Int) throws(SphinxError) {
    let (payload, overflow) = packet.subtractingReportingOverflow(Self.header)
    try self.init(payload: overflow ? 0 : payload)
  }

  private init(checked payload: Int) { self.payload = payload }

  /// The payloads that a setting may choose, in bytes.
  public static let payloads = 38...32_768
  /// A regular packet: 2,413 bytes with a message of up to 2,048.
  public static let regular = SphinxSize(checked: 2_065)
  /// An acknowledgement packet: 386 bytes with a message of up to 21.
  public static let ack = SphinxSize(checked: 38)
  /// Bytes of a header, in every packet: alpha, mac and beta.
  public static let header = 348
  /// The longest route.
  public static let hopsMax = 5

  /// Bytes of a whole packet.
  public var packet: Int { Self.header + payload }
  /// Bytes of the longest message: the payload less 16 zeros in front and the mark at the end.
  public var messageMax: Int { payload - SphinxPayload.zeros - 1 }
}

/// Where things lie in a packet and in a block of its beta. All numbers are bytes.
enum Layout {
  static let alpha = 0..<32
  static let mac = 32..<48
  static let beta = 48..<348

  /// One hop's part of beta.
  static let block = 60
  /// The key stream that covers beta and the zeros that a hop appends.
  static let stream = 360

  static let forwardFlag: UInt8 = 1
  static let finalFlag: UInt8 = 2
  static let flag = 0
  /// A zero byte and the version.
  static let version = 1..<4
  static let address = 4..<36
  /// A forward hop: nanoseconds, and the mac for the next hop.
  static let delay = 36..<44
  static let nextMAC = 44..<60
  /// The final hop.
  static let identifier = 36..<52

  /// The bytes of filler in the last hop's beta.
  static func filler(hops: Int) -> Int { block * (hops - 1) }
  /// The random bytes behind the final block.
  static func padding(hops: Int) -> Int { beta.count - filler(hops: hops) - identifier.upperBound }
}

/// Where the keys of one hop lie in its 288 bytes of key derivation.
enum KeyLayout {
  static let total = 288
  /// What the first step of the derivation gives: all that a check of the mac needs.
  static let first = 0..<32
  static let rest = 32..<288

  static let stream = 0..<16
  static let mac = 16..<32
  static let payload = 32..<224
  /// The first bytes of the payload key are the seed of versions 259 and 260.
  static let seed = 32..<48
  static let blinding = 224..<256
  static let tag = 256..<288

  static let payloadKey = 192
  static let payloadSeed = 16
}
