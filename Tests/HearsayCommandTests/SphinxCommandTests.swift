import Foundation
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay sphinx`, line by line, against another implementation's packets.
@Suite struct SphinxCommandTests {
  @Test(arguments: try SphinxLines.packets())
  func create(_ vector: SphinxLines) {
    #expect(answer(.create, vector.create) == #"{"packet":"\#(vector.hops[0].packetIn)"}"#)
  }

  @Test(arguments: try SphinxLines.packets() + SphinxLines.surbs())
  func unwrap(_ vector: SphinxLines) {
    for hop in vector.hops.indices { #expect(answer(.unwrap, vector.unwrap(hop)) == vector.unwrapped(hop)) }
  }

  @Test func upperCaseIsReadToo() throws {
    let vector = try #require(try SphinxLines.packets().first)
    let (key, packet) = (vector.nodePrivateKeys[0].uppercased(), vector.hops[0].packetIn.uppercased())
    #expect(key.contains("A") && packet.contains("F"))
    #expect(answer(.unwrap, #"{"packet":"\#(packet)","private_key":"\#(key)"}"#) == vector.unwrapped(0))
  }

  @Test(arguments: try SphinxLines.surbs())
  func replyBlocks(_ vector: SphinxLines) throws {
    let surb = try #require(vector.surbBytes)
    let recovery = vector.recoveryBytes.map { #","recovery":"\#($0)""# } ?? ""
    #expect((vector.version == 260) == (vector.recoveryBytes != nil))
    #expect(answer(.surbCreate, vector.createSURB) == #"{"surb":"\#(surb)"\#(recovery)}"#)
    let first = try #require(vector.firstHopAddress)
    #expect(answer(.surbReply, vector.reply) == #"{"first_hop":"\#(first)","packet":"\#(vector.hops[0].packetIn)"}"#)
    let payload = try #require(vector.hops.last?.payloadOut)
    let opened = #"{"message":"\#(vector.message)"}"#
    if let recovery = vector.recoveryBytes {
      #expect(answer(.surbOpen, #"{"recovery":"\#(recovery)","payload":"\#(payload)"}"#) == opened)
      #expect(answer(.surbOpen, #"{"payload":"\#(payload)"}"#) == #"{"message":null}"#)
    } else {
      #expect(answer(.surbOpen, #"{"recovery":null,"payload":"\#(payload)"}"#) == opened)
      #expect(answer(.surbOpen, #"{"payload":"\#(payload)"}"#) == opened)
    }
  }

  /// The address that stands in the block is `first_hop_address`, whatever the first hop's own says.
  @Test func firstHopAddress() throws {
    for vector in try SphinxLines.surbs() {
      let other = String(repeating: "ab", count: 32)
      let own = vector.createSURB.replacingOccurrences(of: vector.nodeAddresses[0], with: other)
      let asked = own.replacingOccurrences(
        of: #""first_hop_address":"\#(other)""#, with: #""first_hop_address":"\#(vector.nodeAddresses[0])""#)
      #expect(asked.contains(other) && asked.contains(vector.nodeAddresses[0]))
      #expect(answer(.surbCreate, asked) == answer(.surbCreate, vector.createSURB))
      #expect(answer(.surbCreate, own).contains(other))
    }
  }

  @Test func negative() throws {
    struct File: Decodable { let negative: [Case] }
    struct Case: Decodable {
      let expect, name, packet: String
      let nodePrivateKey: String?
      let nodePrivateKeys: [String]?
    }
    let cases = try SphinxLines.decode(File.self, "components").negative
    #expect(cases.count == 5)
    for negative in cases {
      var packet = negative.packet
      var result = ""
      for key in negative.nodePrivateKeys ?? [negative.nodePrivateKey ?? ""] {
        result = answer(.unwrap, #"{"private_key":"\#(key)","packet":"\#(packet)"}"#)
        packet = JSON(Array(result.utf8))?["packet"]?.text ?? ""
      }
      if negative.expect == "reject" {
        #expect(result == #"{"kind":"drop","reason":"bad_mac"}"#, "\(negative.name)")
      } else {
        #expect(result.hasPrefix(#"{"kind":"final","#) && result.hasSuffix(#","message":null}"#), "\(negative.name)")
      }
    }
  }

  /// A delay is a word of 64 bits, and no double comes near it.
  @Test(arguments: [0, 1, 9_007_199_254_740_993, UInt64(Int64.max), UInt64(Int64.max) + 1, .max])
  func everyDelayComesBack(_ delay: UInt64) throws {
    let vector = try #require(try SphinxLines.packets().first { $0.hops.count == 3 })
    let asked = vector.create.replacingOccurrences(
      of: #""delay_nanos":\#(vector.delaysNanos[0])}"#, with: #""delay_nanos":\#(delay)}"#)
    let packet = try #require(JSON(Array(answer(.create, asked).utf8))?["packet"]?.text)
    let unwrapped = answer(.unwrap, #"{"private_key":"\#(vector.nodePrivateKeys[0])","packet":"\#(packet)"}"#)
    #expect(unwrapped.contains(#","delay_nanos":\#(delay),"#))
    #expect(JSON(Array(unwrapped.utf8))?["delay_nanos"]?.uint == delay)
  }

  /// What the line leaves open is drawn: anew for each line, and for each tool.
  @Test func randomChoices() throws {
    let vector = try #require(try SphinxLines.packets().first { $0.hops.count == 3 })
    func without(_ name: String, _ line: String) -> String {
      line.replacingOccurrences(of: #","\#(name)":"[0-9a-f]*""#, with: "", options: .regularExpression)
    }
    let onlySecret = without("final_padding", vector.create)
    let neither = without("initial_secret", onlySecret)
    var tool = SphinxTool(.create, seed: Seed(1))
    var packets = [vector.create, onlySecret, onlySecret, neither, neither].map { tool.answer(Array($0.utf8)) }
    packets.append(answer(.create, neither, seed: 2))
    #expect(Set(packets).count == packets.count)
    // Alpha follows from the initial secret alone.
    #expect(packets.map { $0.prefix(75) }.filter { $0 == packets[0].prefix(75) }.count == 3)
    let null = onlySecret.dropLast() + #","final_padding":null}"#
    #expect(answer(.create, String(null)) == answer(.create, onlySecret))
    for packet in packets {
      let packet = try #require(JSON(Array(packet.utf8))?["packet"]?.text)
      let line = #"{"private_key":"\#(vector.nodePrivateKeys[0])","packet":"\#(packet)"}"#
      #expect(answer(.unwrap, line).hasPrefix(#"{"kind":"forward","next_hop":"\#(vector.nodeAddresses[1])""#))
    }
  }
}
