import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay send` and `hearsay status` as their users run them.
@Suite struct SendTests {
  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }

  /// More packets than may be under way at once, to a service that answers none before it has all.
  @Test func aLargeMessageToAServiceThatAnswersWholeOnes() throws {
    let network = try RealNetwork(nodes: 2)
    try network.startAll()
    let message = bytes(500_000)
    let sent = try network.send(message, to: "inbox", ["--reply"])
    #expect(sent.exitCode() == 0 && sent.output.hasPrefix("stored 500000 bytes"), "\(sent.errors)")
    let stored = try #require(network.folder.names(in: "net/mix-2/state/inbox").first)
    #expect(network.folder.bytes("net/mix-2/state/inbox/\(stored)") == message)
  }

  /// Blocks that stay unused are no answers that are still to come.
  @Test func moreBlocksThanTheAnswerNeeds() throws {
    let network = try RealNetwork(nodes: 1)
    try network.startAll()
    let message = bytes(200_000)
    let sent = try network.send(message, to: "echo", ["--reply", "--blocks", "4", "--json"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    #expect(sent.answer?["answer"]?.text == Hex.text(message))
  }

  /// With cover so many packets leave in a time as the clock says, whether there is little to say or much.
  @Test func coverHidesHowMuchIsSaid() throws {
    let network = try RealNetwork(nodes: 3)
    try network.startAll()
    for size in [3, 60_000] {
      let message = bytes(size)
      let sent = try network.send(
        message, to: "echo", ["--reply", "--json", "--cover", "--cover-ms", "20", "--cover-s", "4"])
      #expect(sent.exitCode() == 0, "\(sent.errors)")
      #expect(sent.answer?["answer"]?.text == Hex.text(message))
      let packets = try #require(sent.answer?["packets"]?.int)
      let loops = try #require(sent.answer?["loops_sent"]?.int)
      // Two hundred ticks are expected; their count's deviation is 14. The first tick of the loop's end may be late.
      #expect((130...280).contains(packets + loops), "\(packets) packets, \(loops) loops")
      #expect(packets == (size == 3 ? 1 : packets) && (size == 3 || packets > 25))
      #expect(sent.answer?["loops_back"]?.int == loops)
    }
    let wrong = try network.send([1], to: "echo", ["--cover-ms", "20"])
    #expect(wrong.exitCode() == 2)
  }

  @Test func nodesThatStartLaterAreWaitedFor() throws {
    let network = try RealNetwork(nodes: 2)
    let sent = try network.send([1, 2, 3], to: "echo", ["--reply", "--json"])
    try network.startAll()
    #expect(sent.exitCode() == 0 && sent.answer?["answer"]?.text == "010203", "\(sent.errors)")
  }

  @Test func failuresAreJSONToo() throws {
    let network = try RealNetwork(nodes: 1)
    let nobody = try network.send([1], to: "echo", ["--reply", "--json", "--timeout-s", "1"])
    #expect(nobody.exitCode() == 1)
    #expect(nobody.answer?["ok"]?.bool == false)
    #expect(nobody.answer?["error"]?.text?.contains("does not listen") == true, "\(nobody.output)")
    try network.startAll()
    let wrong = try network.send([1], to: "ecko", ["--reply", "--json", "--timeout-s", "1"])
    #expect(wrong.exitCode() == 1)
    #expect(wrong.answer?["error"]?.text?.contains("service 'ecko'") == true, "\(wrong.output)")
  }

  /// Two hundred thousand questions at once, and nobody who reads the answers: the node answers others as before.
  @Test func statusSurvivesWhoAsksWithoutEnd() throws {
    let network = try RealNetwork(nodes: 1)
    let node = try network.start(0)
    let before = try #require(node.kernelNumber("VmRSS"))
    let loop = try ClientLoop()
    let door = try #require(Address("unix:\(network.folder.path)/net/mix-1/state/status.sock"))
    let crowd = try (0..<20).map { _ in try FramedConnection(to: door, loop.network, frameMax: 1 << 20) }
    let question = [UInt8](repeating: 0, count: 65_536)
    // Zeros are empty frames; a frame of zeros is 16,385 of them.
    for _ in 0..<12 { for asking in crowd { asking.send(question) } }
    let end = loop.now + .ms(500)
    while loop.now < end {
      loop.turn(until: end) { event in
        guard event.writable else { return }
        for asking in crowd where event.source == .connection(asking.id) { asking.handle(event) }
      }
    }
    #expect(try network.status(0)["name"]?.text == "mix-1")
    let after = try #require(node.kernelNumber("VmRSS"))
    #expect(after < before + 32 << 10, "\(before) KiB, then \(after) KiB")
    for asking in crowd { asking.close() }
  }
}
