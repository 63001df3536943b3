import MixHostTesting
import MixNet
import Relay
import Testing

@testable import MixHost
@testable import Pool

/// Pools behind one another, in one chain: what the first lets go, the second holds.
@Suite struct TwoPoolsTests {
  private static let text = """
    [pipeline]
    workers = 1
    batch_size = 16
    pool_size = 256
    [chain.a]
    decode = ["plain"]
    mix = ["pool/first", "pool/second"]
    forward = ["end"]
    [pool]
    strategy = "threshold"
    held_max = 40
    [pool.first]
    threshold = 40
    [pool.second]
    strategy = "timed"
    interval_ms = 400
    held_max = 8
    """

  private func chain() throws -> LoneChain {
    let file = ConfigFile(text: Self.text)
    let loader = NodeLoader(
      registry: Registry([.relay, .pool, End.plugin]), files: MemoryFiles(), wall: WallTime(ns: 0), base: "",
      directory: { _ in .failure(BuildError("there is no network file")) })
    let blueprint = try #require(loader.load(file).blueprint, "\(file.mistakes)")
    let chain = try LoneChain(
      blueprint.chains[0], node: blueprint.facts, seed: Seed(1), now: PoolModel.start, wall: WallTime(ns: 0))
    chain.begin()
    chain.change(.incoming(0), isUp: true)
    return chain
  }

  /// Feeds packets with numbers in them; the numbers that left at once are added to `out`.
  private func feed(_ chain: LoneChain, _ range: Range<UInt8>, _ out: inout [UInt8]) {
    for number in range {
      let isFed = chain.feed([number, 0, 0, 0].span, on: .incoming(0)) != nil
      #expect(isFed)
    }
    step(chain, PoolModel.start, &out)
  }

  private func step(_ chain: LoneChain, _ time: Instant, _ out: inout [UInt8]) {
    while chain.step(at: time, { exit in out.append(chain.bytes(of: exit.slot, skipping: exit.skip)[0]) }) {}
  }

  @Test func bothHoldAndLetGo() throws {
    let chain = try chain()
    var out: [UInt8] = []
    feed(chain, 0..<39, &out)
    #expect(chain.held == 39 && out.isEmpty)
    // The first fires; the second, which holds eight, gives up as many as it gets.
    feed(chain, 39..<40, &out)
    #expect(chain.held == 8 && out.count == 32, "\(out)")
    step(chain, PoolModel.start + .ms(401), &out)
    #expect(chain.held == 0 && Set(out) == Set(0..<40) && out.count == 40)
  }

  /// At a stop the first is drained into the second, which is asked for nothing until the first is empty.
  @Test func aStopDrainsBoth() throws {
    let chain = try chain()
    var out: [UInt8] = []
    feed(chain, 0..<39, &out)
    chain.drain { exit in out.append(chain.bytes(of: exit.slot, skipping: exit.skip)[0]) }
    step(chain, PoolModel.start, &out)
    #expect(chain.held == 0 && Set(out) == Set(0..<39) && out.count == 39, "\(chain.held) \(out)")
  }

  /// A chain that ends with packets in its pools takes them along.
  @Test func aChainThatIsGoneTakesItsPacketsAlong() throws {
    var chain: LoneChain? = try chain()
    var out: [UInt8] = []
    if let chain { feed(chain, 0..<30, &out) }
    #expect(chain?.held == 30)
    weak let gone = chain
    chain = nil
    #expect(gone == nil)
  }
}

/// Sends everything back.
private final class End: ForwardStage {
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices where !outlets.send(i, on: batch.link(i)) { verdicts.drop(i, .queueFull) }
  }

  static let plugin = Plugin(
    name: "own", summary: "the end of a chain",
    stages: [
      StageDescriptor(
        .forward, "end", summary: "sends everything back", config: { (_: inout ConfigTable) in true },
        make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in End() })
    ])
}
