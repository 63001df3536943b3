import MixNet
import OrderedJSON
import VRFDelay

/// Makes and checks proofs of the VRF, audits delays and tells chosen peers, for other programs: one JSON object in, one out.
struct VRFTool {
  /// What it is asked to do with every line.
  enum Work: String, CaseIterable, Sendable {
    case prove, verify, audit, peers
  }

  let work: Work
  /// What the exit code tells at the end.
  private(set) var outcome = Outcome()

  struct Outcome {
    /// Lines that could not be served.
    var mistakes = 0
    /// Audits that found a delay or a proof that was not honest, and choices that were not what the node had to choose.
    var convictions = 0
  }

  init(_ work: Work) { self.work = work }

  /// The answer to a line; to one that cannot be served, an object with the field `error`.
  mutating func answer(_ line: [UInt8]) -> String {
    do throws(LineError) {
      switch work {
      case .prove: return try prove(line).line
      case .verify: return try verify(line).line
      case .audit:
        let finding = try VRFAudit(line).finding
        if !finding.isHonest { outcome.convictions += 1 }
        return finding.json.line
      case .peers:
        let choice = try VRFPeers(line)
        if !choice.isValid { outcome.convictions += 1 }
        return choice.json.line
      }
    } catch {
      outcome.mistakes += 1
      return error.answer
    }
  }

  private static let anyBytes = "bytes in hex"

  private func prove(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(line: line, names: ["secret_key", "alpha"])
    let seed = try fields.bytes("secret_key", 32)
    let alpha = try fields.bytes("alpha", 0...Int.max, Self.anyBytes)
    guard let key = VRFSecretKey(seed.span), let proof = key.prove(alpha.span),
      let output = key.publicKey.verify(proof, alpha.span)
    else { throw LineError("no proof can be made of this key and input") }
    return .object([
      ("public_key", .text(key.publicKey.description)), ("pi", .text(proof.description)), ("beta", .hex(output.bytes)),
    ])
  }

  private func verify(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(line: line, names: ["public_key", "alpha", "pi"])
    let key = try fields.bytes("public_key", 32)
    let alpha = try fields.bytes("alpha", 0...Int.max, Self.anyBytes)
    let pi = try fields.bytes("pi", 0...Int.max, Self.anyBytes)
    guard let key = VRFPublicKey(Bytes32(key)), let proof = VRFProof(pi.span),
      let output = key.verify(proof, alpha.span)
    else { return .object([("valid", .bool(false)), ("beta", .null)]) }
    return .object([("valid", .bool(true)), ("beta", .hex(output.bytes))])
  }
}
