public import MixHost
public import MixNet

/// A maker of packets without any cryptography, for stages that use the capability `packet_maker`. A payload is a
/// big-endian `u16` size and a message of that size; the rest is padding. A reply block is the address of its first hop;
/// a packet that is made of it is that address and then a payload.
public final class FakePacketMaker: PacketMaker {
  /// The size of every packet, in bytes.
  public let packetSize: Int

  /// A maker of packets of `packetSize` bytes, at least 64.
  public init(packetSize: Int = 1_024) { self.packetSize = max(64, packetSize) }

  /// The largest message that a reply carries, in bytes.
  public var messageMax: Int { packetSize - Self.blockSize - 2 }

  /// The size of a reply block, in bytes.
  public static let blockSize = 32

  /// A payload that carries `message`, as a service gets it.
  public static func payload(_ message: [UInt8]) -> [UInt8] {
    [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
  }

  /// A reply block whose first hop is the node with this address.
  public static func replyBlock(to hop: Bytes32) -> [UInt8] { hop.array }

  /// Where the message lies in a payload; nil when the payload is shorter than it says.
  public func message(in payload: Span<UInt8>) -> Range<Int>? {
    guard payload.count >= 2 else { return nil }
    let size = Int(payload.bigEndian(at: 0, as: UInt16.self))
    return size <= payload.count - 2 ? 2..<2 + size : nil
  }

  /// The address that a reply block is; nil when it has another size.
  public func firstHop(of surb: Span<UInt8>) -> Bytes32? { surb.count == Self.blockSize ? Bytes32(surb) : nil }

  /// Writes the block's address and the payload.
  public func reply(_ surb: Span<UInt8>, message: Span<UInt8>, into packet: inout MutableSpan<UInt8>) -> Bool {
    guard surb.count == Self.blockSize, message.count <= messageMax, packet.count == packetSize else { return false }
    packet.put(surb, at: 0)
    put(message, into: &packet)
    return true
  }

  /// Writes the first hop's address and the payload.
  public func packet(
    along hops: [PacketHop], to destination: Bytes32, message: Span<UInt8>, at time: WallTime,
    into packet: inout MutableSpan<UInt8>, random: inout RandomStream
  ) -> Bool {
    guard let first = hops.first, message.count <= messageMax, packet.count == packetSize else { return false }
    first.node.address.write(to: &packet)
    put(message, into: &packet)
    return true
  }

  private func put(_ message: Span<UInt8>, into packet: inout MutableSpan<UInt8>) {
    packet.put(bigEndian: UInt16(message.count), at: Self.blockSize)
    packet.put(message, at: Self.blockSize + 2)
  }
}
