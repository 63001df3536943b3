import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand
@testable import VRFDelay

/// `hearsay vrf audit`: which delays were honest.
@Suite struct VRFAuditTests {
  static let epoch = EpochName(chain: "mix", seconds: 600, number: 2_916_666)
  static let law = DelayLaw(.exponential, mean: .ms(50), max: .s(10))
  static let start = 1_749_999_600_000.0

  private let secret: VRFSecretKey
  private let proof: VRFProof

  init() throws {
    let bytes = [UInt8](0..<32)
    let key = VRFSecretKey(bytes.span)
    secret = try #require(key)
    let input = Self.epoch.input
    let made = secret.prove(input.span)
    proof = try #require(made)
  }

  private func tag(_ number: UInt64) -> Bytes32 { Bytes32(words: [number, 7, 7, 7]) }

  /// What the node was to do with a packet, in milliseconds.
  private func delay(_ number: UInt64) -> Double {
    guard let audit = DelayAudit(secret.publicKey, Self.epoch, proof, Self.law) else { return -1 }
    return Double(audit.delay(of: tag(number)).ns) / 1e6
  }

  private func line(_ packets: [(number: UInt64, timeIn: Double, waited: Double)], tolerance: Double = 5) -> String {
    let list = packets.map { #"{"tag":"\#(tag($0.number))","in_ms":\#($0.timeIn),"out_ms":\#($0.timeIn + $0.waited)}"# }
    return #"{"public_key":"\#(secret.publicKey)","chain":"mix","epoch_s":600,"epoch":2916666,"law":"exponential","#
      + #""mean_ms":50,"max_ms":10000,"pi":"\#(proof)","tolerance_ms":\#(tolerance),"#
      + #""packets":[\#(list.joined(separator: ","))]}"#
  }

  private func judge(_ line: String) throws -> (json: JSON, exitCode: Int32) {
    var tool = VRFTool(.audit)
    let answer = tool.answer(Array(line.utf8))
    let json = try #require(JSON(Array(answer.utf8)))
    return (json, tool.exitCode)
  }

  private func counts(_ json: JSON) -> [Int?] { ["honest", "dishonest", "not_judged"].map { json[$0]?.int } }

  @Test func honestDelays() throws {
    let (json, code) = try judge(line((0..<50).map { ($0, Self.start + 60_000 + Double($0), delay($0) + 2.5) }))
    #expect(json["valid"]?.bool == true && counts(json) == [50, 0, 0] && code == 0)
    let first = try #require(json["delays"]?.list?.first)
    #expect(first["tag"]?.text == tag(0).description && first["honest"]?.bool == true)
    #expect(first["expected_ms"] != nil && first["measured_ms"] != nil)
  }

  /// Too long or too short by more than the tolerance.
  @Test(arguments: [-5.2, 5.2, 1_000]) func aDishonestDelay(_ off: Double) throws {
    let inside = Self.start + 60_000
    // A packet cannot come out before it came in.
    let number = try #require((0..<100 as Range<UInt64>).first { delay($0) > 20 })
    let (json, code) = try judge(line([(number, inside, delay(number) + off), (99, inside, delay(99))]))
    #expect(counts(json) == [1, 1, 0] && code == 1)
    #expect(json["delays"]?.list?.map { $0["honest"]?.bool } == [false, true])
    #expect(try judge(line([(number, inside, delay(number) + off)], tolerance: 1_001)).exitCode == 0)
  }

  /// What came outside of the epoch says nothing; what came near one of its ends speaks for the node at most.
  @Test func otherEpochs() throws {
    let end = Self.start + 600_000
    for outside in [0, Self.start - 5.5, end + 5.5, end + 600_000] {
      let (json, code) = try judge(line([(1, outside, delay(1)), (1, outside, delay(1) + 50)]))
      #expect(counts(json) == [0, 0, 2] && code == 0)
    }
    for border in [Self.start - 4, Self.start + 4, end - 4, end + 4] {
      let (json, code) = try judge(line([(1, border, delay(1)), (1, border, delay(1) + 50)]))
      #expect(counts(json) == [1, 0, 1] && code == 0)
      #expect(json["delays"]?.list?.map { $0["honest"]?.bool } == [true, nil])
    }
    #expect(try judge(line([(1, Self.start + 5.5, delay(1) + 50)])).exitCode == 1)
    #expect(try judge(line([(1, end - 5.5, delay(1) + 50)])).exitCode == 1)
  }

  /// The proof must be the node's, for this chain and this epoch.
  @Test func aProofThatIsNone() throws {
    let good = line([(1, Self.start + 60_000, delay(1))])
    #expect(try judge(good).exitCode == 0)
    for (old, new) in [
      (#""epoch":2916666"#, #""epoch":2916667"#), (#""epoch_s":600"#, #""epoch_s":601"#),
      (#""chain":"mix""#, #""chain":"mix2""#), (proof.description, String(proof.description.dropLast(2))),
      (secret.publicKey.description, String(repeating: "0", count: 64)),
    ] {
      let (json, code) = try judge(good.replacing(old, with: new))
      #expect(json["valid"]?.bool == false && json["delays"]?.list?.isEmpty == true && code == 1, "\(old)")
    }
    // Another law than the node's: the proof is right, the delay is not.
    #expect(try judge(good.replacing("exponential", with: "constant")).exitCode == 1)
  }

  @Test func mistakes() throws {
    let good = line([(1, Self.start + 60_000, delay(1))])
    func sentence(_ old: String, _ new: String) throws -> String? {
      #expect(good.contains(old))
      let (json, code) = try judge(good.replacing(old, with: new))
      #expect(code == 2)
      return json["error"]?.text
    }
    #expect(
      try sentence(#""exponential""#, #""normal""#)
        == "'law' must be one of: exponential, uniform, constant; found the text 'normal'")
    #expect(
      try sentence(#""epoch_s":600"#, #""epoch_s":0"#) == "'epoch_s' must be a whole number in 1...604800; found 0")
    #expect(
      try sentence(#""tolerance_ms":5.0"#, #""tolerance_ms":-1"#)
        == "'tolerance_ms' must be a number of milliseconds from 0 to 9007199254740991; found -1")
    #expect(
      try sentence(#""in_ms""#, #""in_m""#)
        == "there is no field 'packets[0].in_m'; did you mean 'in_ms'? (fields: tag, in_ms, out_ms)")
    #expect(try sentence(#""chain":"mix""#, #""chain":5"#) == "'chain' must be the chain's name; found 5")
    #expect(try sentence(#""packets":["#, #""packets":{},"x":["#)?.hasPrefix("there is no field 'x'") == true)
    #expect(
      try sentence(#""packets":[{"#, #""packets":[5,{"#) == "'packets[0]' must be an object; found 5")
    var tool = VRFTool(.audit)
    _ = tool.answer(Array("{}".utf8))
    #expect(tool.exitCode == 2)
    _ = tool.answer(Array(good.replacing("2916666", with: "1").utf8))
    #expect(tool.exitCode == 1)
  }

  /// A line of a node's file, with packets added to it, is what the command takes; its exit code tells the end.
  @Test func asAProcess() throws {
    let good = line([(1, Self.start + 60_000, delay(1))])
    let audit = try Coprocess(["vrf", "audit"])
    #expect(try audit.ask(good).hasPrefix(#"{"valid":true,"honest":1,"dishonest":0,"not_judged":0,"delays":[{"tag":""#))
    try audit.endInput()
    #expect(try audit.exitCode() == 0)
    let strict = try Coprocess(["vrf", "audit"])
    _ = try strict.ask(line([(1, Self.start + 60_000, delay(1) + 6)]))
    try strict.endInput()
    #expect(try strict.exitCode() == 1)
  }
}
