import MixNet
import OrderedJSON

@testable import HearsayCommand
@testable import VRFDelay

extension FuzzTarget {
  /// A node: proofs for a key and an input, of which only one is right. Its own disk: what it noted before a restart.
  static let proofs = FuzzTarget(
    name: "proofs", summary: "nodes and files: proofs of the VRF, its public keys, and notes of epochs", sizeMax: 160,
    seeds: { _ in
      let judge = ProofJudge()
      return [
        [0] + judge.proof.bytes, [1] + judge.key.publicKey.bytes.array + judge.proof.bytes,
        [2] + EpochMarker(seconds: 600, epochs: [7, 9]).bytes,
      ]
    }
  ) {
    let judge = ProofJudge()
    return { judge.look(Input($0)) }
  }

  /// A local program: what `hearsay vrf` reads, for each of its three works.
  static let audits = FuzzTarget(
    name: "audits", summary: "local programs and nodes' files: lines for hearsay vrf", sizeMax: 900,
    seeds: { _ in
      let judge = ProofJudge()
      let key = judge.key.publicKey
      let epoch = "\"chain\":\"\",\"epoch_s\":1,\"epoch\":1,\"law\":\"uniform\",\"mean_ms\":1,\"max_ms\":1"
      let packet = "{\"tag\":\"\(key)\",\"in_ms\":1000.5,\"out_ms\":1001}"
      return [
        [0] + Array("{\"secret_key\":\"\(key)\",\"alpha\":\"00\"}".utf8),
        [1] + Array("{\"public_key\":\"\(key)\",\"alpha\":\"\",\"pi\":\"\(judge.proof)\"}".utf8),
        [2]
          + Array(
            "{\"public_key\":\"\(key)\",\(epoch),\"pi\":\"\(judge.audited)\",\"tolerance_ms\":5,\"packets\":[\(packet)]}"
              .utf8),
      ]
    }
  ) { { tryLine(Input($0)) } }
}

/// A key, the proof of the empty input, and the one output that there is.
private struct ProofJudge {
  let key: VRFSecretKey
  let proof: VRFProof
  let audited: VRFProof
  private let output: [UInt8]

  init() {
    var random = RandomStream(seed: Seed(3))
    key = VRFSecretKey(random: &random)
    let (nothing, epoch): ([UInt8], [UInt8]) = ([], EpochName(chain: "", seconds: 1, number: 1).input)
    guard let proof = key.prove(nothing.span), let audited = key.prove(epoch.span), let output = proof.output else {
      fatalError("there is no proof")
    }
    (self.proof, self.audited, self.output) = (proof, audited, output.bytes)
  }

  func look(_ input: Input) {
    var input = input
    let nothing: [UInt8] = []
    switch input.byte() % 3 {
    case 0:
      let bytes = input.rest()
      guard let proof = VRFProof(bytes.span) else { return }
      check(proof.bytes == bytes, "a proof has two encodings")
      guard let found = key.publicKey.verify(proof, nothing.span) else { return }
      check(found.bytes == output && proof == self.proof, "another proof is right as well")
    case 1:
      guard let key = VRFPublicKey(Bytes32(input.padded(32))) else { return }
      let bytes = input.rest()
      guard let proof = VRFProof(bytes.span), key.verify(proof, nothing.span) != nil else { return }
      check(key == self.key.publicKey, "the proof is right for another key")
    default:
      let bytes = input.rest()
      if let marker = EpochMarker(bytes) { check(marker.bytes == bytes, "a note has two texts") }
    }
  }
}

private func tryLine(_ input: Input) {
  var input = input
  let works = VRFTool.Work.allCases
  var tool = VRFTool(works[Int(input.byte()) % works.count])
  let answer = tool.answer(input.rest())
  guard let json = JSON(Array(answer.utf8)), json.fields != nil else { fatalError("an answer is no object: \(answer)") }
  check(!answer.utf8.contains(0x0a), "an answer has two lines")
}
