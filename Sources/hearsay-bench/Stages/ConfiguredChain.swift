import LinuxNet
import MixHost
import MixNet
import Relay
import Sphinx
import Synchronization

/// A node's chain as a configuration has it, with the stages that operators use, in one thread and without sockets.
struct ConfiguredChain {
  private let chain: LoneChain
  private let link = LinkID.incoming(0)
  /// Packets that have left, and the bytes of the first of them: copies of all would take longer than what is measured.
  private(set) var count = 0
  private(set) var first: [[UInt8]] = []
  private static let kept = 8
  private let seen = LightCount()
  /// How often a stage has looked at a packet.
  var looks: Int { seen.value.withLock { $0 } }

  init(_ plan: RelayNodePlan, _ route: MixRoute) throws(BenchError) {
    let blueprint = try NodeBlueprint.bench(
      plan.config, files: OneKey(key: route.keys[plan.hop]), directory: plan.directory(route),
      plugins: [.sphinx, .relay, .benchCount(seen)])
    guard let first = blueprint.chains.first else { throw BenchError("there is no chain") }
    do throws(BuildError) {
      chain = try LoneChain(
        first, node: blueprint.facts, seed: Seed(1), now: LightStages.now, wall: WallTime(ns: 0))
    } catch { throw BenchError(error.description) }
    chain.begin()
    chain.change(link, isUp: true, peer: Fingerprint.of("hearsay bench generator"))
    turn()
  }

  /// Puts packets in, and runs all that follows at a time that stands still.
  mutating func pass(_ packets: some Sequence<[UInt8]>) throws(BenchError) {
    for packet in packets where chain.feed(packet.span, on: link) == nil { throw BenchError("no slot is free") }
    turn()
  }

  private mutating func turn() {
    let chain = chain
    var (count, first) = (count, first)
    func keep(_ exit: LoneExit) {
      count += 1
      guard first.count < Self.kept else { return }
      first.append(chain.look(at: exit.slot, skipping: exit.skip) { bytes in bytes.indices.map { bytes[$0] } })
    }
    while chain.step(at: LightStages.now, keep) {}
    (self.count, self.first) = (count, first)
  }
}

extension NodeBlueprint {
  /// What a configuration says, which must be right.
  static func bench(
    _ config: String, files: any FileSource, directory: NetworkDirectory, plugins: [Plugin]
  ) throws(BenchError) -> NodeBlueprint {
    let file = ConfigFile(text: config)
    let loader = NodeLoader(
      registry: Registry(plugins), files: files, wall: SystemClock().wall, base: "/",
      directory: { _ in .success(directory) })
    guard let blueprint = loader.load(file).blueprint else {
      throw BenchError(file.mistakes.map { "\($0)" }.joined(separator: "; "))
    }
    return blueprint
  }
}
