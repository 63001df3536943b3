import MixNet
import Testing

@testable import MixHost

/// The shape carries what is to come: a node of two chains made of a test plugin's stages, over real sockets, with one
/// worker and with three.
@Suite struct TestPluginTests {
  private static func text(_ workers: Int) -> String {
    """
    [pipeline]
    workers = \(workers)
    [chain.first]
    listen = "127.0.0.1:0"
    decode = ["letter"]
    verify = ["eater"]
    mix = ["ticker"]
    forward = ["return"]
    [chain.second]
    from = ["first"]
    decode = ["letter"]
    forward = ["count"]
    [ticker]
    every_ms = 2
    """
  }

  private func node(_ workers: Int) throws -> TestNode {
    try TestNode(Self.text(workers), plugins: [.letters, .stamps])
  }

  private func field(_ chain: ChainStatus, _ stage: String) -> Int {
    let status = chain.stages.first { $0.stage == stage }
    guard case .int(let value)? = status?.fields.first?.value else { return -1 }
    return value
  }

  @Test(arguments: [1, 3]) func aControlFrameIsAnsweredOnItsLink(workers: Int) throws {
    let node = try node(workers)
    let wire = try Wire(try node.address("first"))
    wire.send(raw(Array("P".utf8)) + raw(Array("Pong?".utf8)))
    #expect(wire.frame() == [UInt8(ascii: "p"), 0, 1])
    #expect(wire.frame() == [UInt8(ascii: "p"), 0, 5])
    let chain = try node.chain("first")
    #expect(chain.consumed.first { $0.stage == "letter" }?.count == 2)
  }

  @Test(arguments: [1, 3]) func aStageTakesFramesForItself(workers: Int) throws {
    let node = try node(workers)
    let wire = try Wire(try node.address("first"))
    wire.send(raw(Array("Eaten".utf8)) + raw(Array("back".utf8)) + raw(Array("X".utf8)))
    // What goes on comes back behind a prefix of eight bytes.
    #expect(wire.frame() == [0, 0, 0, 0, 0, 0, 0, 7] + Array("back".utf8))
    #expect(
      eventually("all three are counted") {
        guard let chain = try? node.chain("first") else { return false }
        return chain.consumed.contains { $0.stage == "eater" && $0.count == 1 }
          && chain.dropped.contains { $0.stage == "letter" && $0.reason == "malformed" && $0.count == 1 }
      })
  }

  /// Packets made on a timer, with another plugin's stamp, go to an address that their maker has claimed.
  @Test(arguments: [1, 3]) func aStageMakesPacketsOnATimerAndTheyComeHome(workers: Int) throws {
    let node = try node(workers)
    #expect(eventually("ten come home") { ((try? field(node.chain("first"), "ticker")) ?? 0) >= 10 })
    node.stop()
    let last = try node.ended()
    let chain = try #require(last.chains.first { $0.name == "first" })
    #expect(chain.count(.injected) == chain.count(.served) && chain.count(.injected) == UInt64(field(chain, "ticker")))
  }

  @Test(arguments: [1, 3]) func oneChainFeedsTheOther(workers: Int) throws {
    let node = try node(workers)
    let wire = try Wire(try node.address("first"))
    for number in 0..<100 { wire.send(raw(Array("H\(number)".utf8))) }
    #expect(eventually("all are handed over") { (try? field(node.chain("second"), "count")) == 100 })
    let (first, second) = (try node.chain("first"), try node.chain("second"))
    #expect(first.count(.handed) == 100 && second.count(.received) == 100)
    #expect(second.consumed.first { $0.stage == "count" }?.count == 100)
  }

  @Test func anUnmetCapabilityIsAMistakeOfTheConfiguration() {
    let file = ConfigFile(text: Self.text(1))
    let loader = NodeLoader(
      registry: Registry([.letters]), files: RealFiles(), wall: WallTime(ns: 0), base: "",
      directory: { _ in .success(NetworkDirectory()) })
    #expect(loader.load(file).blueprint == nil)
    #expect(
      file.mistakes.map(\.description) == [
        "plugins.toml:7:8: 'ticker' uses 'stamper', which no plugin of this binary offers"
      ])
  }
}
