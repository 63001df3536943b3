import MixHost
import MixHostTesting
import MixNet
import Synchronization
import Testing

// The stages of docs/writing-a-stage.md that are not in Examples/EchoStage. ManualTests sees to it that the manual shows
// them as they are here.

/// The ids that all workers of a chain have seen: one object a chain, so it is Sendable and has a lock.
final class SeenIDs: Sendable {
  private let places: Mutex<[Bytes32]>

  init(count: Int) { places = Mutex([Bytes32](repeating: Bytes32(), count: count)) }

  /// Drops what was here a moment ago. The lock is taken once a batch.
  func check(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts) {
    places.withLock { places in
      for i in batch.indices {
        let id = columns.id(i)
        let place = Int(id.prefix % UInt64(places.count))
        if places[place] == id { verdicts.drop(i, .replayed) } else { places[place] = id }
      }
    }
  }
}

final class SeenStage: VerifyStage {
  private let seen: SeenIDs

  init(_ config: SeenConfig, _ seen: SeenIDs, _ builder: inout StageBuilder) { self.seen = seen }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) { seen.check(batch, columns, &verdicts) }
}

struct SeenConfig: Sendable {
  let count: Int
  init(from table: inout ConfigTable) {
    count = table.int("ids", default: 65_536, in: 16...16_777_216, "ids that are remembered, for all workers together")
  }
}

extension StageDescriptor {
  static let seen = StageDescriptor(
    .verify, "seen", summary: "drops what was here a moment ago", needs: .id, config: SeenConfig.init,
    shared: { (config: SeenConfig, context: inout LoadContext) -> SeenIDs? in
      context.addMemory("ids seen", bytes: config.count * 32)
      return SeenIDs(count: config.count)
    },
    make: SeenStage.init)
}

/// What one plugin offers and another asks for. It may be asked on every worker, so it is Sendable in its protocol.
protocol Tariff: AnyObject, Sendable {
  func wait(_ link: LinkID) -> Nanos
}

extension CapabilityKey where C == any Tariff {
  static var tariff: Self { Self("tariff") }
}

/// The same wait for every link.
final class FlatTariff: Tariff {
  private let time: Nanos
  init(_ time: Nanos) { self.time = time }
  func wait(_ link: LinkID) -> Nanos { time }
}

extension Plugin {
  static let flatTariff = Plugin(
    name: "flat_tariff", summary: "every link waits as long", stages: [],
    capabilities: [
      CapabilityDescriptor(
        .tariff, table: "flat_tariff",
        config: { table in table.milliseconds("wait_ms", default: 5, in: 0...1_000, "how long a packet waits") },
        shared: { (time: Nanos, _: inout LoadContext) -> FlatTariff? in FlatTariff(time) },
        make: { (_: Nanos, tariff: FlatTariff, _: inout StageBuilder) throws(BuildError) in tariff })
    ])
}

/// Makes packets wait as long as another plugin says.
final class TariffDelay: DelayStage {
  private let tariff: any Tariff

  init(_ config: Bool, _ builder: inout StageBuilder) throws(BuildError) {
    tariff = try builder.capability(.tariff)
  }

  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
  ) {
    for i in batch.indices { deadlines.add(i, tariff.wait(batch.link(i))) }
  }
}

extension StageDescriptor {
  static let tariffDelay = StageDescriptor(
    .delay, "tariff_delay", summary: "makes each link wait as its tariff says", uses: ["tariff"],
    config: { _ in true }, make: TariffDelay.init)
}

@Suite struct ManualStageTests {
  @Test func seen() throws { try StageConformance(.seen, config: "[seen]\nids = 1_024").run() }

  @Test func tariffDelay() throws {
    let conformance = StageConformance(.tariffDelay).offering(.tariff) { FlatTariff(.ms(7)) }
    try conformance.run()
    let fates = try conformance.fates(of: [SamplePacket([1, 2, 3])], after: .ms(8)).packets
    #expect(fates.map(\.delay) == [.ms(7)])
  }

  /// As the host resolves it: by the name, from the plugin that offers it.
  @Test func theCapabilityIsFoundByItsName() {
    let end = StageDescriptor(
      .forward, "end", summary: "sends everything back", config: { _ in true }, make: MirrorEnd.init)
    func mistakes(_ plugins: [Plugin]) -> [String] {
      let file = ConfigFile(text: "[chain.a]\ndecode = [\"mask\"]\nforward = [\"end\"]\ndelay = [\"tariff_delay\"]\n")
      let stages = [MaskStage.descriptor, end, .tariffDelay]
      let plugin = Plugin(name: "own", summary: "three stages", stages: stages)
      let loader = NodeLoader(
        registry: Registry([plugin] + plugins), files: MemoryFiles(), wall: WallTime(ns: 0), base: "",
        directory: { _ in .failure(BuildError("there is none")) })
      _ = loader.load(file)
      return file.mistakes.map(\.sentence)
    }
    #expect(mistakes([.flatTariff]) == [])
    #expect(mistakes([]) == ["'tariff_delay' uses 'tariff', which no plugin of this binary offers"])
  }
}

/// Everything back, without a configuration.
private final class MirrorEnd: ForwardStage {
  init(_ config: Bool, _ builder: inout StageBuilder) {}
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices where !outlets.send(i, on: batch.link(i)) { verdicts.drop(i, .queueFull) }
  }
}
