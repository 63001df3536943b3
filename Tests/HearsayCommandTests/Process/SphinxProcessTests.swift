import OrderedJSON
import Testing

@testable import HearsayCommand

/// The built program, talked to as another program would.
@Suite struct SphinxProcessTests {
  /// A request there and a reply back, every tool in its own process, each line sent after the answer before it.
  @Test(arguments: try SphinxLines.surbs())
  func requestAndReply(_ vector: SphinxLines) throws {
    let (create, unwrap) = (try Coprocess(["sphinx", "create"]), try Coprocess(["sphinx", "unwrap"]))
    let surbCreate = try Coprocess(["sphinx", "surb-create"])
    let (reply, open) = (try Coprocess(["sphinx", "surb-reply"]), try Coprocess(["sphinx", "surb-open"]))
    func field(_ name: String, _ line: String) throws -> String {
      try #require(JSON(Array(line.utf8))?[name]?.text, "\(line)")
    }
    let surb = try surbCreate.ask(vector.createSURB)
    let block = try field("surb", surb)
    let request = vector.create.replacing(#""message":"\#(vector.message)""#, with: #""message":"\#(block)""#)
    var packet = try field("packet", try create.ask(request))
    var last = ""
    for key in vector.nodePrivateKeys {
      last = try unwrap.ask(#"{"private_key":"\#(key)","packet":"\#(packet)"}"#)
      packet = JSON(Array(last.utf8))?["packet"]?.text ?? ""
    }
    #expect(try field("message", last) == block)
    let answer = try reply.ask(#"{"surb":"\#(block)","message":"2a","payload_size":38}"#)
    #expect(try field("first_hop", answer) == vector.nodeAddresses[0])
    packet = try field("packet", answer)
    for key in vector.nodePrivateKeys {
      last = try unwrap.ask(#"{"private_key":"\#(key)","packet":"\#(packet)"}"#)
      packet = JSON(Array(last.utf8))?["packet"]?.text ?? ""
    }
    let recovery = vector.version == 260 ? #""\#(try field("recovery", surb))""# : "null"
    #expect(
      try open.ask(#"{"recovery":\#(recovery),"payload":"\#(try field("payload", last))"}"#) == #"{"message":"2a"}"#)
    for child in [create, unwrap, surbCreate, reply, open] {
      try child.endInput()
      #expect(try child.exitCode() == 0)
    }
  }

  /// Bad lines, among them one that is too long, stop nothing; the last line needs no end.
  @Test func goesOnAfterBadLines() throws {
    let vector = try #require(try SphinxLines.packets().first)
    let tool = try Coprocess(["sphinx", "unwrap"])
    #expect(try tool.ask("").hasPrefix(#"{"error":"#))
    #expect(try tool.ask(String(repeating: "[", count: 100_000)).hasPrefix(#"{"error":"#))
    #expect(
      try tool.ask(String(repeating: " ", count: 1 << 20) + "{}")
        == #"{"error":"the line must have at most 1048576 bytes; found more"}"#)
    #expect(try tool.ask(vector.unwrap(0) + "\r") == vector.unwrapped(0))
    #expect(try tool.ask(String(repeating: " ", count: 500_000) + vector.unwrap(0)) == vector.unwrapped(0))
    try tool.send([0xff, 0x0a, 0x00, 0x0a] + Array(vector.unwrap(0).utf8))
    try tool.endInput()
    #expect(try tool.nextLine()?.hasPrefix(#"{"error":"#) == true)
    #expect(try tool.nextLine()?.hasPrefix(#"{"error":"#) == true)
    #expect(try tool.nextLine() == vector.unwrapped(0))
    #expect(try tool.exitCode() == 0)
  }

  @Test func wrongWords() throws {
    for words in [["sphinx"], ["sphinx", "wrap"], ["sphinx", "create", "now"]] {
      #expect(try Coprocess(words).exitCode() == 2)
    }
    #expect(try Coprocess(["sphinx", "--help"]).nextLine() == "hearsay \(Command.sphinx.usage)")
  }
}
