import MixHost
import MixNet

/// All that a chain's gossip is made of, read and checked before any worker starts.
struct GossipSetup: Sendable {
  var settings: GossipSettings
  let membership: Membership
  let address: Address
  let dictionaries: [[UInt8]]
  let path: String
  let saved: GossipFile
  /// The file was there and was not what it should be.
  let hasLostFile: Bool

  /// Nil when mistakes were reported.
  init?(_ config: GossipConfig, _ context: inout LoadContext) {
    let (plan, node) = (context.plan, context.node)
    guard plan.workers == 1 else {
      context.mistake("'gossip' needs a chain of one worker; write workers = 1 in [chain.\(plan.name)]")
      return nil
    }
    let membership = Self.membership(config, &context)
    let dictionaries = Self.dictionaries(config, &context)
    guard let address = config.advertise ?? plan.listen,
      NodeRecord(id: node.address, address: address, incarnation: 0) != nil
    else {
      context.mistake(
        "others cannot reach this node: let [chain.\(plan.name)] listen on an address with a port, or set 'advertise'")
      return nil
    }
    guard let membership, let dictionaries else { return nil }
    settings = config.settings
    settings.usesDatagrams = plan.datagrams != nil
    if settings.swim.mode == .everybody, !settings.usesDatagrams {
      context.mistake(
        "knowing everybody needs datagrams: set 'datagrams' in [chain.\(plan.name)], or watch = \"neighbours\"")
      return nil
    }
    (self.membership, self.address, self.dictionaries) = (membership, address, dictionaries)
    path = node.path("gossip." + plan.name)
    let written = try? context.files.read(path, limit: GossipFile.sizeMax).bytes
    let file = written.flatMap { GossipFile($0) }
    saved = file ?? GossipFile()
    hasLostFile = written != nil && file == nil
    context.addMemory("gossip", atMost: config.bytesMax)
  }

  private static func membership(_ config: GossipConfig, _ context: inout LoadContext) -> Membership? {
    func key(_ file: String, _ purpose: String) -> Bytes32? {
      context.secretKey(in: file, called: "the gossip key", purpose: purpose, publicKey: { $0 }) { Bytes32($0) }
    }
    if let file = config.signingKey {
      return context.secretKey(
        in: file, called: "the gossip key", purpose: "gossip", publicKey: { (membership: Membership) in membership.id }
      ) { Membership(seed: Bytes32($0)) }
    }
    guard let file = config.clusterKey, let first = key(file, "gossip cluster") else { return nil }
    var ring = Keyring(first)
    for file in config.moreKeys {
      guard let further = key(file, "gossip cluster"), ring.install(further) else { return nil }
    }
    return Membership(id: context.node.address, ring: ring)
  }

  private static func dictionaries(_ config: GossipConfig, _ context: inout LoadContext) -> [[UInt8]]? {
    var all: [[UInt8]] = []
    for file in config.dictionaries {
      let path = context.node.path(file)
      do throws(StorageError) {
        all.append(try context.files.read(path, limit: 1 << 20).bytes)
      } catch {
        context.mistake("a dictionary cannot be read: \(error.description)")
        return nil
      }
      guard ZstdCodec(config.settings.codec, dictionaries: [all[all.count - 1]]) != nil else {
        context.mistake("\(path) is no dictionary; 'hearsay gossip train' makes one")
        return nil
      }
    }
    return all
  }

  /// The node itself, on its worker.
  func core(seed: Seed) -> GossipCore? {
    guard let own = NodeRecord(id: membership.id, address: address, incarnation: saved.incarnation) else { return nil }
    return GossipCore(own, membership, settings, dictionaries: dictionaries, seed: seed)
  }
}
