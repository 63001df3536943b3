import Foundation
import MixNet
import Testing

@testable import OrderedJSON

@Suite struct JSONReaderTests {
  @Test(arguments: [
    ("null", "null"), (" true\r\n", "true"), ("\tfalse ", "false"), ("-0", "0"), ("12", "12"),
    ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
    ("9223372036854775808", "9223372036854775808"), ("18446744073709551615", "18446744073709551615"),
    ("1.5", "1.5"), ("-2.5E+1", "-25.0"), ("1e2", "100.0"), ("18446744073709551616", "1.8446744073709552e+19"),
    ("[ ]", "[]"), ("[1 , 2]", "[1,2]"), ("{ }", "{}"), (#"{"b" : 1 ,"a":[{}]}"#, #"{"b":1,"a":[{}]}"#),
    (#""\"\\\/\b\f\n\r\t""#, #""\"\\/\u0008\u000c\n\u000d\t""#), (#""\u00e9\ud83d\ude00\u0000""#, #""é😀\u0000""#),
    ("\"\u{7f}\u{2028}é\"", "\"\u{7f}\u{2028}é\""), (#"{"":""}"#, #"{"":""}"#),
  ])
  func reads(_ text: String, _ line: String) throws {
    #expect(try JSONReader.read(Array(text.utf8)).line == line)
  }

  @Test func numbersHaveTheirKind() throws {
    #expect(JSON(Array("9223372036854775807".utf8))?.int == .max)
    #expect(JSON(Array("9223372036854775808".utf8))?.int == nil)
    #expect(JSON(Array("9223372036854775808".utf8))?.uint == 1 << 63)
    #expect(JSON(Array("-1".utf8))?.uint == nil)
    #expect(JSON(Array("1.0".utf8))?.int == nil)
  }

  @Test(arguments: [
    ("", "expected a value at byte 1; found the end"), ("nul", "expected a value at byte 1; found 'n'"),
    ("[1,]", "expected a value at byte 4; found ']'"), ("[1 2]", "expected ',' or ']' at byte 4; found '2'"),
    (#"{"a" 1}"#, "expected ':' at byte 6; found '1'"),
    (#"{"a":1,}"#, "expected a name in quotes at byte 8; found '}'"),
    (#"{"a":1]"#, "expected ',' or '}' at byte 7; found ']'"),
    ("{a:1}", "expected a name in quotes at byte 2; found 'a'"),
    ("01", "expected the end at byte 2; found '1'"), ("+1", "expected a value at byte 1; found '+'"),
    ("-", "expected a digit at byte 2; found the end"), ("1.", "expected a digit at byte 3; found the end"),
    ("1e-", "expected a digit at byte 4; found the end"), (".5", "expected a value at byte 1; found '.'"),
    ("1e400", "expected a number that fits a double at byte 1; found a larger one"),
    ("\"a", "expected the rest of a text at byte 3; found the end"),
    ("\"a\t\"", "expected the rest of a text at byte 3; found the byte 0x09"),
    (#""\x""#, #"expected one of " \ / b f n r t u at byte 3; found 'x'"#),
    (#""\u12g4""#, "expected a hex digit at byte 6; found 'g'"),
    (#""\ud800""#, "expected a whole character at byte 4; found half of one"),
    (#""\udc00\ud800""#, "expected a whole character at byte 4; found half of one"),
    (#""\ud800\u0041""#, "expected a whole character at byte 4; found half of one"),
    ("\u{feff}{}", "expected a value at byte 1; found the byte 0xef"),
    ("NaN", "expected a value at byte 1; found 'N'"), ("'a'", "expected a value at byte 1; found '''"),
    (#"{"a":{"b":1,"b":2}}"#, "expected each name once in an object; found one again at byte 13"),
  ])
  func refuses(_ text: String, _ sentence: String) throws {
    let error = try #require(throws: JSONError.self) { try JSONReader.read(Array(text.utf8)) }
    #expect(error.sentence == sentence)
  }

  @Test(arguments: [
    (0.12345, "0.123"), (-2, "-2.0"), (1e308, "1e+308"), (.infinity, "null"), (.nan, "null"),
  ])
  func doublesAreWritten(_ value: Double, _ line: String) { #expect(JSON.double(value).line == line) }

  @Test("fault 25: JSON in JSON without end") func depth() {
    func nested(_ depth: Int) -> [UInt8] {
      Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
    }
    #expect(JSON(nested(JSONReader.depthMax)) != nil)
    #expect(JSON(nested(JSONReader.depthMax + 1)) == nil)
    #expect(JSON(nested(100_000)) == nil)
  }

  /// A text that is truncated in a character, and bytes that no UTF-8 has.
  @Test(
    "fault 25: JSON that is no UTF-8",
    arguments: [
      [0x22, 0xff, 0x22], [0x22, 0xe2, 0x82], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc0, 0x80, 0x22],
    ])
  func noUTF8(_ bytes: [UInt8]) throws {
    let error = try #require(throws: JSONError.self) { try JSONReader.read(bytes) }
    #expect(error.sentence.hasPrefix("expected UTF-8 at byte 2; found the byte 0x"))
  }

  /// Many names in one object take no time to speak of.
  @Test func manyNames() throws {
    let fields = (0..<50_000).map { "\"\($0)\":0" }.joined(separator: ",")
    #expect(try JSONReader.read(Array("{\(fields)}".utf8)).fields?.count == 50_000)
  }

  /// Another reader takes and refuses the same texts, and reads the same values.
  @Test func asFoundationReads() throws {
    let seeds = [
      #"{"a":[1,-2.5e3,0.125],"b":{"c":null,"d":true},"e":"x\u00e9\n\ud83d\ude00","f":[[],{}]}"#,
      #"[0,10,-0,1E5,"\\\"\/",false,{"k":"é😀"}]"#, #"  { "one" : 1 , "two" : [ 2 , "" ] }  "#,
    ]
    var random = RandomStream(seed: Seed(11))
    let letters = Array(#"{}[]",:\u0123456789eE+-. tfnrl"#.utf8)
    var taken = 0
    for round in 0..<6_000 {
      var bytes = Array(seeds[round % seeds.count].utf8)
      for _ in 0..<random.below(4) {
        let place = Int(random.below(UInt64(bytes.count)))
        switch random.below(3) {
        case 0: bytes[place] = letters[Int(random.below(UInt64(letters.count)))]
        case 1: bytes.remove(at: place)
        default: bytes.insert(letters[Int(random.below(UInt64(letters.count)))], at: place)
        }
      }
      let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
      do throws(JSONError) {
        let ours = try JSONReader.read(bytes)
        taken += 1
        #expect(Self.plain(ours) == theirs.map(Self.plain), "\(String(decoding: bytes, as: UTF8.self))")
      } catch {
        // Foundation's takes a name twice, and a comma behind an object's last field.
        let isTaken =
          error.sentence.contains("each name once")
          || error.sentence.hasPrefix("expected a name in quotes") && error.sentence.hasSuffix("found '}'")
        #expect(theirs == nil || isTaken, "\(error.sentence): \(String(decoding: bytes, as: UTF8.self))")
      }
    }
    #expect((1_000..<5_000).contains(taken))
  }

  /// A value in words that both readers' values can be put into.
  private static func plain(_ json: JSON) -> String {
    switch json {
    case .int(let value): "\(Double(value))"
    case .uint(let value): "\(Double(value))"
    case .double(let value): "\(value)"
    case .list(let values): "[\(values.map(plain).joined(separator: ","))]"
    case .object(let fields):
      "{\(fields.sorted { $0.0 < $1.0 }.map { "\($0.0):\(plain($0.1))" }.joined(separator: ","))}"
    default: json.line
    }
  }

  private static func plain(_ any: Any) -> String {
    switch any {
    case let value as String: JSON.text(value).line
    case let value as NSNumber where unsafe String(cString: value.objCType) == "c": "\(value.boolValue)"
    case let value as NSNumber: "\(value.doubleValue)"
    case let values as [Any]: "[\(values.map { plain($0) }.joined(separator: ","))]"
    case let fields as [String: Any]:
      "{\(fields.sorted { $0.key < $1.key }.map { "\($0.key):\(plain($0.value))" }.joined(separator: ","))}"
    default: "null"
    }
  }
}
