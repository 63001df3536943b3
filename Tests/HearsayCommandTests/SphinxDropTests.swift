import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// Packets that a node would drop, and lines that are no objects.
@Suite struct SphinxDropTests {
  @Test(arguments: [
    ("", "wrong_size"), (String(repeating: "00", count: 385), "wrong_size"),
    (String(repeating: "00", count: 348 + 32_769), "wrong_size"),
    (String(repeating: "00", count: 386), "low_order_alpha"),
    (String(repeating: "ff", count: 386), "noncanonical_alpha"),
    (String(repeating: "09", count: 386), "bad_mac"),
  ])
  func drops(_ packet: String, _ reason: String) {
    let key = String(repeating: "51", count: 32)
    #expect(
      answer(.unwrap, #"{"private_key":"\#(key)","packet":"\#(packet)"}"#)
        == #"{"kind":"drop","reason":"\#(reason)"}"#)
  }

  static let deep = "expected at most 64 lists and objects in each other; found more at byte"

  @Test(arguments: SphinxTool.Work.allCases)
  func noObject(_ work: SphinxTool.Work) {
    let cases: [(String, String)] = [
      ("", "the line is no JSON: expected a value at byte 1; found the end"),
      ("{", "the line is no JSON: expected a name in quotes at byte 2; found the end"),
      ("{} {}", "the line is no JSON: expected the end at byte 4; found '{'"),
      ("\0", "the line is no JSON: expected a value at byte 1; found the byte 0x00"),
      ("{\"a\0\":1}", "the line is no JSON: expected the rest of a text at byte 4; found the byte 0x00"),
      ("[]", "the line must be one object; found a list"), ("null", "the line must be one object; found null"),
      (#""create""#, "the line must be one object; found the text 'create'"),
      (String(repeating: "[", count: 100_000), "the line is no JSON: \(Self.deep) 65"),
      (String(repeating: #"{"a":"#, count: 100_000), "the line is no JSON: \(Self.deep) 321"),
      (#"{"a":1,"a":1}"#, "the line is no JSON: expected each name once in an object; found one again at byte 8"),
    ]
    for (line, sentence) in cases {
      #expect(answer(work, line) == JSON.object([("error", .text(sentence))]).line)
    }
    var tool = SphinxTool(work, seed: Seed(1))
    let broken = tool.answer(Array(#"{"a":""#.utf8) + [0xc3, 0x28])
    #expect(broken == #"{"error":"the line is no JSON: expected UTF-8 at byte 7; found the byte 0xc3"}"#)
  }

  /// A name as long as a line may be is not sent back.
  @Test func longNames() {
    let name = String(repeating: "x", count: 1 << 20)
    let cut = String(repeating: "x", count: 40) + "..."
    #expect(
      answer(.surbOpen, #"{"\#(name)":1}"#)
        == #"{"error":"there is no field '\#(cut)' (fields: recovery, payload)"}"#)
  }

  /// Whatever is done to good lines, each gets one answer: an object on one line, and no crash.
  @Test func damagedLines() throws {
    let packet = try #require(try SphinxLines.packets().first)
    let surb = try #require(try SphinxLines.surbs().last)
    let lines: [(SphinxTool.Work, String)] = [
      (.create, packet.create), (.unwrap, packet.unwrap(0)), (.surbCreate, surb.createSURB), (.surbReply, surb.reply),
      (.surbOpen, #"{"recovery":"\#(surb.recoveryBytes ?? "")","payload":"\#(surb.hops[2].payloadOut ?? "")"}"#),
    ]
    var random = RandomStream(seed: Seed(7))
    var errors = 0
    for (work, line) in lines {
      var tool = SphinxTool(work, seed: Seed(7))
      for _ in 0..<400 {
        var bytes = Array(line.utf8)
        for _ in 0...random.below(3) { damage(&bytes, &random) }
        let answer = tool.answer(bytes)
        let fields = try #require(JSON(Array(answer.utf8))?.fields, "\(answer)")
        #expect(!answer.contains("\n") && !fields.isEmpty)
        if fields[0].0 == "error" { errors += 1 }
      }
    }
    #expect((200..<2_000).contains(errors))
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout RandomStream) {
    guard !bytes.isEmpty else { return }
    // The names are in front, so that is where more of the changes go.
    let reach = random.below(2) == 0 ? bytes.count : min(bytes.count, 200)
    let place = Int(random.below(UInt64(reach)))
    let letters = Array(#"{}[]",:\u0123456789abcdefeE+-. tfn"#.utf8)
    switch random.below(4) {
    case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 1: bytes[place] = letters[Int(random.below(UInt64(letters.count)))]
    case 2: bytes.remove(at: place)
    default: bytes.insert(letters[Int(random.below(UInt64(letters.count)))], at: place)
    }
  }
}
