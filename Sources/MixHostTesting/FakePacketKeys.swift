public import MixHost
public import MixNet

/// A name for the key of packets that are under none, for stages that use the capability `packet_keys`.
public struct FakePacketKeys: PacketKeys {
  /// The name.
  public let name: Bytes32

  /// A key of this name.
  public init(name: Bytes32 = Fingerprint.of("the kit's key")) { self.name = name }
}
