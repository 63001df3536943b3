import Glibc
import LinuxNet
import MixNet
import Sphinx
import Testing

@testable import MixHost

/// The services at the end of a route of mixes.
@Suite struct ServiceTests {
  private let network: MixNetwork
  private let mix: TestNode
  private let factory: PacketFactory
  private let client: ClientWire
  private let state: String

  init() throws {
    let services = ["echo", "sink", "inbox=file:inbox", "program=socket:program.sock"]
    network = try MixNetwork(1, services: services, extra: quickLinks)
    mix = try network[0]
    factory = try PacketFactory(network)
    client = try ClientWire(try mix.address("clients"), clientKey(1))
    state = network.folder.path + "/net/mix-1/state"
  }

  /// Sends a message for a service and gives the block that its answer comes by.
  @discardableResult
  private func ask(_ service: String, _ data: [UInt8], _ number: UInt64) throws -> SphinxSURB {
    let identifier = Bytes16(words: [number, 1])
    let block = try factory.block(along: [0], to: client.key.address, identifier: identifier)
    client.send(try factory.packet(request(data, block.bytes, id: number), along: [0], to: service))
    return block
  }

  private func answer(by block: SphinxSURB, _ number: UInt64) throws -> [UInt8] {
    let message = try #require(client.message())
    #expect(message.identifier == Bytes16(words: [number, 1]))
    return try NodeTests.answer(factory.open(message.payload, with: block))
  }

  private func programIsUp() throws {
    try eventually("it is up") { try mix.status().links.contains { $0.kind == "stage" && $0.state == "up" } }
  }

  @Test func echoAnswersAndSinkDoesNot() throws {
    try ask("sink", sample(100, 1), 1)
    let block = try ask("echo", sample(100, 2), 2)
    #expect(try answer(by: block, 2) == sample(100, 2))
    let chain = try settled(mix).chains[0]
    #expect(chain.dropped.isEmpty && chain[.injected] == 1 && chain[.toClients] == 1)
  }

  @Test func fileIsWrittenAndNamed() throws {
    for number in 1...20 as ClosedRange<UInt64> {
      let block = try ask("inbox", sample(100, number), number)
      let line = String(decoding: try answer(by: block, number), as: UTF8.self)
      let name = try #require(line.split(separator: " ").last).dropLast()
      #expect(line == "stored 100 bytes as \(name)\n")
      #expect(try readFile("\(state)/inbox/\(name)", limit: 1_000).bytes == sample(100, number))
    }
    #expect(entries(of: state + "/inbox").count == 20)
    #expect(try settled(mix).chains[0].dropped.isEmpty)
  }

  /// The folder cannot be written: the sender is told, and it is counted.
  @Test("fault 15: a service whose folder cannot be written")
  func fileThatCannotBeWritten() throws {
    eventually("the folder is made") { entries(of: state).contains("inbox") }
    removeTree(state + "/inbox")
    let block = try ask("inbox", [1], 1)
    #expect(String(decoding: try answer(by: block, 1), as: UTF8.self).hasPrefix("not stored: "))
    #expect(try settled(mix).chains[0].aside(.serviceBusy, by: "next_hop") == 1)
  }

  /// A folder that went away comes back with the message after the one that missed it.
  @Test("fault 15: a service whose folder is gone for a while")
  func theFolderIsMadeAgain() throws {
    eventually("the folder is made") { entries(of: state).contains("inbox") }
    removeTree(state + "/inbox")
    _ = try answer(by: try ask("inbox", [1], 1), 1)
    let line = String(decoding: try answer(by: try ask("inbox", [2], 2), 2), as: UTF8.self)
    #expect(line.hasPrefix("stored 1 bytes as "))
    #expect(entries(of: state + "/inbox").count == 1)
  }

  /// Who stops waits for the disk, so that whoever asked hears of it.
  @Test func aStopWaitsForTheDisk() throws {
    eventually("the folder is made") { entries(of: state).contains("inbox") }
    let blocks = try (1...20 as ClosedRange<UInt64>).map { try ask("inbox", sample(100, $0), $0) }
    try eventually("they are taken") { try mix.chain().consumed.reduce(0) { $0 + Int($1.count) } == 20 }
    mix.node.stop()
    for (block, number) in zip(blocks, 1...20 as ClosedRange<UInt64>) {
      #expect(String(decoding: try answer(by: block, number), as: UTF8.self).hasPrefix("stored 100 bytes as "))
    }
  }

  @Test func programBehindASocketAnswers() throws {
    let program = try Listener(.unix(state + "/program.sock"))
    let wire = try program.accept()
    // It is up once the node has been told; until then it is down, and that is counted.
    try programIsUp()
    let blocks = try (1...20).map { try ask("program", sample(50, $0), $0) }
    for number in 1...20 as ClosedRange<UInt64> {
      try #require(wire.frame() == sample(50, number))
      wire.send(raw(sample(60, number)))
    }
    for (block, number) in zip(blocks, 1...20 as ClosedRange<UInt64>) {
      #expect(try answer(by: block, number) == sample(60, number))
    }
    #expect(try settled(mix).chains[0].dropped.isEmpty)
  }

  /// Before a program is there, and after it went away with a question unanswered, nobody waits for it; a new one is found.
  @Test func programComesAndGoes() throws {
    let path = state + "/program.sock"
    try ask("program", [1], 1)
    try eventually("it is down") { try mix.chain().dropped(.linkDown, by: "next_hop") == 1 }
    var program = try Listener(.unix(path))
    var wire = try program.accept()
    try programIsUp()
    try ask("program", [2], 2)
    #expect(wire.frame() == [2])
    program.close()
    wire.close()
    try eventually("it is counted") { try mix.chain().aside(.linkDown, by: "next_hop") == 1 }
    unlink(path)
    program = try Listener(.unix(path))
    wire = try program.accept()
    try programIsUp()
    let block = try ask("program", [3], 3)
    #expect(wire.frame() == [3])
    // An answer that nobody waits for is counted, one that is too long cuts the link.
    wire.send(raw([4]) + raw([5]))
    #expect(try answer(by: block, 3) == [4])
    try eventually("it is counted") { try mix.chain().aside(.malformed, by: "next_hop") == 1 }
    wire.send(length(1 << 31))
    #expect(wire.end() != nil)
    try network.settle()
  }
}
