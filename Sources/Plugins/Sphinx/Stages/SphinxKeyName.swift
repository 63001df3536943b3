import MixHost
package import MixNet

/// Names a key by a hash of its public half.
package struct SphinxKeyName: PacketKeys {
  package let name: Bytes32

  /// The name of the key with this public half.
  package init(publicKey: Bytes32) { name = Fingerprint.of(Array("hearsay packet key".utf8) + publicKey.array) }
}

extension CapabilityDescriptor {
  /// `packet_keys`: the key that `[sphinx]` names.
  static let sphinxKeys = CapabilityDescriptor(
    .packetKeys, table: "sphinx", config: SphinxConfig.init(from:),
    shared: { (config: SphinxConfig, context: inout LoadContext) -> SphinxKeyName? in
      // What is wrong with the key, its stage tells.
      var look = context
      return config.readKey(&look).map { SphinxKeyName(publicKey: $0.publicKey) }
    },
    make: { (_: SphinxConfig, key: SphinxKeyName, _: inout StageBuilder) throws(BuildError) -> any PacketKeys in key })
}
