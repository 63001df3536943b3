import Foundation
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// Lines that cannot be served: what the answer says, word for word.
@Suite struct SphinxMistakeTests {
  /// A change to a good line, and the sentence that must come of it.
  struct Mistake: CustomStringConvertible {
    let old, new, sentence: String
    init(_ old: String, _ new: String, _ sentence: String) {
      (self.old, self.new, self.sentence) = (old, new, sentence)
    }
    var description: String { "\(old) -> \(new.prefix(40))" }
  }

  static let zeros = String(repeating: "00", count: 32)
  static let route = #""hops":[{"public_key":"K","address":"A","delay_nanos":5}]"#
  /// The letters stand for bytes, so that the table can be read.
  static let create =
    #"{"version":259,\#(route),"destination":"D","identifier":"I","message":"M","payload_size":38,"#
    + #""initial_secret":"S","final_padding":"P"}"#
  static let createSURB =
    #"{"version":260,\#(route),"destination":"D","identifier":"I","initial_secret":"S","final_padding":"P","#
    + #""first_hop_address":"A"}"#
  static let unwrap = #"{"private_key":"S","packet":"M"}"#
  static let reply = #"{"surb":"B","message":"M","payload_size":38}"#
  static let open = #"{"recovery":"R","payload":"O"}"#

  static func filled(_ line: String) -> String {
    let bytes: [(String, Int, String)] = [
      ("K", 32, "09"), ("A", 32, "a1"), ("D", 32, "d1"), ("I", 16, "11"), ("M", 3, "6d"), ("S", 32, "51"),
      ("P", 248, "77"), ("B", 396, "b5"), ("R", 64, "4e"), ("O", 38, "0f"),
    ]
    return bytes.reduce(line) { line, entry in
      line.replacingOccurrences(of: "\"\(entry.0)\"", with: "\"" + String(repeating: entry.2, count: entry.1) + "\"")
    }
  }

  private func check(_ work: SphinxTool.Work, _ good: String, _ mistake: Mistake) {
    #expect(!answer(work, Self.filled(good)).contains("error"))
    let bad = good.replacingOccurrences(of: mistake.old, with: mistake.new)
    #expect(bad != good)
    #expect(answer(work, Self.filled(bad)) == JSON.object([("error", .text(mistake.sentence))]).line)
  }

  static let key = "an X25519 key in its canonical encoding, not of low order"
  static let creates: [Mistake] = [
    Mistake(#""version":259,"#, "", "'version' is missing; it must be 258, 259 or 260"),
    Mistake("259", "257", "'version' must be 258, 259 or 260; found 257"),
    Mistake("259", "65795", "'version' must be 258, 259 or 260; found 65795"),
    Mistake("259", "-259", "'version' must be 258, 259 or 260; found -259"),
    Mistake("259", "259.0", "'version' must be 258, 259 or 260; found 259.0"),
    Mistake("259", #""259""#, "'version' must be 258, 259 or 260; found the text '259'"),
    Mistake(#""hops":["#, #""hops":[],"x":["#, "there is no field 'x' (fields: \(names))"),
    Mistake(route, #""hops":[]"#, "'hops' must be a list of 1 to 5 objects; found a list of 0"),
    Mistake(route, #""hops":[1,2,3,4,5,6]"#, "'hops' must be a list of 1 to 5 objects; found a list of 6"),
    Mistake(route, #""hops":{}"#, "'hops' must be a list of 1 to 5 objects; found an object"),
    Mistake(route, #""hops":[[]]"#, "'hops[0]' must be an object; found a list"),
    Mistake(
      #""public_key":"K""#, #""pubic_key":"K""#,
      "there is no field 'hops[0].pubic_key'; did you mean 'public_key'? (fields: public_key, address, delay_nanos)"),
    Mistake(#""public_key":"K","#, "", "'hops[0].public_key' is missing; it must be 32 bytes in hex"),
    Mistake(#""K""#, "\"\(zeros)\"", "'hops[0].public_key' must be \(key); found a point of low order"),
    Mistake(
      #""K""#, "\"\(zeros.dropLast(2))80\"",
      "'hops[0].public_key' must be \(key); found an encoding that is not canonical"),
    Mistake(#""address":"A""#, #""address":null"#, "'hops[0].address' must be 32 bytes in hex; found null"),
    Mistake(
      #""address":"A""#, #""address":"a1a""#, "'hops[0].address' must be 32 bytes in hex; found 3 digits, an odd number"
    ),
    Mistake(#""address":"A""#, #""address":"a1""#, "'hops[0].address' must be 32 bytes in hex; found 1 byte"),
    Mistake(
      ":5}", ":18446744073709551616}",
      "'hops[0].delay_nanos' must be a whole number in 0...18446744073709551615; found 1.8446744073709552e+19"),
    Mistake(
      ":5}", ":-1}", "'hops[0].delay_nanos' must be a whole number in 0...18446744073709551615; found -1"),
    Mistake(
      ":5}", ":true}", "'hops[0].delay_nanos' must be a whole number in 0...18446744073709551615; found true"),
    Mistake(#""D""#, "12345", "'destination' must be 32 bytes in hex; found a number"),
    Mistake(#""I""#, #""1x""#, "'identifier' must be 16 bytes in hex; found 'x' as digit 2"),
    Mistake(#""I""#, #""1\u0000""#, "'identifier' must be 16 bytes in hex; found U+0000 as digit 2"),
    Mistake(#""I""#, #""é""#, "'identifier' must be 16 bytes in hex; found U+00E9 as digit 1"),
    Mistake(#""M""#, "[]", "'message' must be bytes in hex; found a list"),
    Mistake(
      #""M""#, "\"\(zeros)\"", "'message' must be at most 21 bytes in hex, as the payload has 38; found 32 bytes"),
    Mistake(":38", ":37", "'payload_size' must be a whole number in 38...32768; found 37"),
    Mistake(":38", ":32769", "'payload_size' must be a whole number in 38...32768; found 32769"),
    Mistake(#""S""#, #""""#, "'initial_secret' must be 32 bytes in hex; found 0 bytes"),
    Mistake(#""P""#, #""77""#, "'final_padding' must be 248 bytes in hex (308 less 60 a hop); found 1 byte"),
    Mistake(#""message""#, #""mesage""#, "there is no field 'mesage'; did you mean 'message'? (fields: \(names))"),
  ]
  static let names =
    "version, hops, destination, identifier, message, payload_size, initial_secret, final_padding"

  @Test(arguments: creates)
  func create(_ mistake: Mistake) { check(.create, Self.create, mistake) }

  @Test(arguments: [
    Mistake(#""I""#, #""\#(zeros.prefix(32))""#, "'identifier' must be 16 bytes in hex, not all zero; found zeros"),
    Mistake(#","first_hop_address":"A""#, "", "'first_hop_address' is missing; it must be 32 bytes in hex"),
    Mistake(
      #""first"#, #""message":"M","first"#,
      "there is no field 'message' (fields: version, hops, destination, identifier, initial_secret, final_padding, "
        + "first_hop_address)"),
  ])
  func createSURB(_ mistake: Mistake) { check(.surbCreate, Self.createSURB, mistake) }

  @Test(arguments: [
    Mistake(#""S""#, #""51""#, "'private_key' must be 32 bytes in hex; found 1 byte"),
    Mistake(#""S""#, #""secret""#, "'private_key' must be 32 bytes in hex; found 's' as digit 1"),
    Mistake(#""S""#, "77777777", "'private_key' must be 32 bytes in hex; found a number"),
    Mistake(#""M""#, "null", "'packet' must be bytes in hex; found null"),
  ])
  func unwrap(_ mistake: Mistake) { check(.unwrap, Self.unwrap, mistake) }

  static let block = "'surb' must be a reply block in hex: 380 bytes and 1 to 5 keys of 192 or of 16"
  static let kept = "'recovery' must be 16 bytes and 1 to 5 seeds of 16 in hex, or null for versions 258 and 259"

  @Test(arguments: [
    Mistake(#""B""#, #""b5""#, "\(block); found 1 byte"),
    Mistake(#""B""#, "{}", "\(block); found an object"),
    Mistake(":38", ":null", "'payload_size' must be a whole number in 38...32768; found null"),
  ])
  func reply(_ mistake: Mistake) { check(.surbReply, Self.reply, mistake) }

  @Test(arguments: [
    Mistake(#""R""#, #""\#(zeros.prefix(32))""#, "\(kept); found 16 bytes"),
    Mistake(#""R""#, "false", "\(kept); found a truth value"),
    Mistake(#""O""#, #""00""#, "'payload' must be 38 to 32768 bytes in hex; found 1 byte"),
    Mistake(#","payload":"O""#, "", "'payload' is missing; it must be 38 to 32768 bytes in hex"),
  ])
  func open(_ mistake: Mistake) { check(.surbOpen, Self.open, mistake) }
}
