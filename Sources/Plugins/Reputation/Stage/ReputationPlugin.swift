public import MixHost
import MixNet

extension StageDescriptor {
  /// `reputation` under `verify`: keeps the scores and shuts out the banned.
  package static let reputation = StageDescriptor(
    .admission, "reputation", summary: "keeps scores of nodes, and shuts out those who are banned",
    offers: ["score_book"], config: ReputationConfig.init(from:),
    shared: { (config: ReputationConfig, context: inout LoadContext) -> ReputationDesk? in
      ReputationDesk(config, &context)
    },
    make: {
      (config: ReputationConfig, desk: ReputationDesk, builder: inout StageBuilder) throws(BuildError)
        -> any AdmissionStage in
      try ReputationStage(config, desk, &builder)
    })

  /// `reputation` under `observe`: learns from links.
  package static let reputationWatch = StageDescriptor(
    .observe, "reputation", summary: "learns scores from the links to nodes", uses: ["score_book"],
    config: ReputationConfig.init(from:),
    make: { (_: ReputationConfig, builder: inout StageBuilder) throws(BuildError) -> any ObserveStage in
      try ReputationWatch(&builder)
    })
}

extension ReputationDesk {
  /// Reads what an earlier process has left; nil, and a mistake is reported, when the chain's links tell no names.
  convenience init?(_ config: ReputationConfig, _ context: inout LoadContext) {
    let (plan, node) = (context.plan, context.node)
    guard plan.framing == .peer else {
      context.mistake("'reputation' needs links with a handshake, and those of chain '\(plan.name)' have none")
      return nil
    }
    let file = BookFile(node: node.address, chain: plan.name, config.rules)
    let path = Self.path(plan.name, node)
    // A file that is there and cannot be read is as good as a damaged one.
    var written: [UInt8]?
    do throws(StorageError) {
      written = try context.files.read(path, limit: file.size(65_536)).bytes
    } catch {
      written = error.isMissing ? nil : []
    }
    context.addMemory("scores", atMost: config.rules.recordsMax * (2 * MemoryLayout<PeerRecord>.stride + 256))
    self.init(config.rules, file: file, path: path, own: node.address, written: written)
  }

  /// The chain's file: a chain's name may be any text, and its file's name is one.
  static func path(_ chain: String, _ node: NodeFacts) -> String {
    let isPlain = chain.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == 0x2d || $0 == 0x5f
    }
    return node.path("reputation." + (isPlain ? chain : Fingerprint.of(chain).description))
  }
}

extension Plugin {
  /// Scores of nodes by what they do, and bans.
  public static let reputation = Plugin(
    name: "reputation", summary: "scores of nodes by what they do, and bans", stages: [.reputation, .reputationWatch])
}
