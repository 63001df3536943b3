import Foundation
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay vrf prove` and `verify`, line by line, against the RFC's vectors.
@Suite struct VRFCommandTests {
  @Test(arguments: try VRFLines.all())
  func vectors(_ vector: VRFLines) {
    #expect(answer(.prove, vector.prove) == vector.proved)
    #expect(
      answer(.prove, vector.prove.replacing(vector.secretKey, with: vector.secretKey.uppercased())) == vector.proved)
    #expect(answer(.verify, vector.verify) == vector.verified)
  }

  /// What is no proof of this key and input is told so, of whatever size it is; that is an answer and no error.
  @Test(arguments: try VRFLines.all())
  func refusals(_ vector: VRFLines) {
    func verified(_ old: String, _ new: String) -> String {
      let line = vector.verify.replacingOccurrences(of: old, with: new)
      #expect(line != vector.verify)
      return answer(.verify, line)
    }
    #expect(verified(vector.pi, String(vector.pi.dropLast(2))) == VRFLines.refused)
    #expect(verified(vector.pi, vector.pi + "00") == VRFLines.refused)
    #expect(verified(vector.pi, "") == VRFLines.refused)
    let last = vector.pi.last == "0" ? "1" : "0"
    #expect(verified(vector.pi, vector.pi.dropLast() + last) == VRFLines.refused)
    #expect(verified(#""alpha":""#, #""alpha":"00"#) == VRFLines.refused)
    let zeros = String(repeating: "0", count: 64)
    #expect(verified(vector.publicKey, zeros) == VRFLines.refused)
    #expect(verified(String(vector.pi.prefix(64)), zeros) == VRFLines.refused)
  }

  @Test func mistakes() throws {
    let vector = try #require(try VRFLines.all().first)
    #expect(answer(.prove, "{}") == vrfError("'secret_key' is missing; it must be 32 bytes in hex"))
    #expect(
      answer(.prove, vector.prove.replacing(vector.secretKey, with: "00"))
        == vrfError("'secret_key' must be 32 bytes in hex; found 1 byte"))
    #expect(
      answer(.prove, vector.prove.replacing("alpha", with: "alfa"))
        == vrfError("there is no field 'alfa'; did you mean 'alpha'? (fields: secret_key, alpha)"))
    #expect(
      answer(.prove, vector.prove.replacing(#""alpha":"""#, with: #""alpha":5"#))
        == vrfError("'alpha' must be bytes in hex; found a number"))
    #expect(
      answer(.verify, vector.verify.replacing(vector.publicKey, with: "abc"))
        == vrfError("'public_key' must be 32 bytes in hex; found 3 digits, an odd number"))
    #expect(
      answer(.verify, vector.verify.replacing(vector.pi, with: "zz"))
        == vrfError("'pi' must be bytes in hex; found 'z' as digit 1"))
    // A secret is in no error.
    #expect(!answer(.prove, vector.prove.replacing("alpha", with: "alfa")).contains(vector.secretKey.prefix(8)))
    for work in VRFTool.Work.allCases {
      #expect(answer(work, "[]") == vrfError("the line must be one object; found a list"))
      #expect(answer(work, "{").hasPrefix(#"{"error":"the line is no JSON: "#))
    }
  }

  @Test func wrongWords() {
    for words in [["vrf"], ["vrf", "proof"], ["vrf", "prove", "now"], ["vrf", "prove", "--json"]] {
      #expect(HearsayProgram.run(words, plugins: []) == 2)
    }
  }

  /// The built program, talked to as another program would.
  @Test func asAProcess() throws {
    let (prove, verify) = (try Coprocess(["vrf", "prove"]), try Coprocess(["vrf", "verify"]))
    for vector in try VRFLines.all() {
      #expect(try prove.ask(vector.prove) == vector.proved)
      #expect(try prove.ask("").hasPrefix(#"{"error":"#))
      #expect(try verify.ask(vector.verify) == vector.verified)
      #expect(try verify.ask(vector.verify.replacing(vector.pi, with: "")) == VRFLines.refused)
    }
    for child in [prove, verify] {
      try child.endInput()
      #expect(try child.exitCode() == 0)
    }
  }
}
