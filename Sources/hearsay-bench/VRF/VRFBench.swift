import MixNet
import VRFDelay

extension Benchmark {
  static let vrf = Benchmark(
    name: "vrf", summary: "proofs of an epoch, made and verified, and the delays of packets that follow from one"
  ) { (bench: Bench) throws(BenchError) in
    var random = RandomStream(seed: Seed(9))
    let key = VRFSecretKey(random: &random)
    proofs(bench, key)
    try delays(bench, key)
  }

  private static func epoch(_ number: Int) -> EpochName {
    EpochName(chain: "mix", seconds: 600, number: UInt64(number))
  }

  private static func proofs(_ bench: Bench, _ key: VRFSecretKey) {
    var (prove, verify) = (Measure("prove", unit: "proof"), Measure("verify", unit: "proof"))
    prove.mustNotAllocate = false
    verify.mustNotAllocate = false
    repeat {
      let input = epoch(prove.sent).input
      var proof: VRFProof?
      prove.cost.measure { proof = key.prove(input.span) }
      var output: VRFOutput?
      verify.cost.measure { output = proof.flatMap { key.publicKey.verify($0, input.span) } }
      if output == nil { prove.wrong += 1 } else { prove.received += 1 }
      prove.sent += 1
    } while prove.cost.wall + verify.cost.wall < bench.time
    (verify.sent, verify.received, verify.wrong) = (prove.sent, prove.received, prove.wrong)
    bench.show(prove)
    bench.show(verify)
  }

  /// Each law's delays of the same packets, of which the bounds are looked at.
  private static func delays(_ bench: Bench, _ key: VRFSecretKey) throws(BenchError) {
    let input = epoch(0).input
    guard let proof = key.prove(input.span) else { throw BenchError("there is no proof") }
    for kind in DelayLaw.Kind.allCases {
      let law = DelayLaw(kind, mean: .ms(50), max: .s(10))
      guard let audit = DelayAudit(key.publicKey, epoch(0), proof, law) else { throw BenchError("the proof is wrong") }
      var measure = Measure("delay, \(kind.rawValue)")
      var sum = Nanos.zero
      repeat {
        let first = UInt64(measure.sent)
        measure.cost.measure {
          for number in first..<first + 1_024 { sum = sum + audit.delay(of: Bytes32(words: [number, 1, 2, 3])) }
        }
        measure.sent += 1_024
      } while measure.cost.wall < bench.time
      // The mean of some thousand delays, to a fifth.
      let mean = sum.ns / UInt64(measure.sent)
      if (40_000_000...60_000_000).contains(mean) {
        measure.received = measure.sent
      } else {
        measure.wrong = measure.sent
      }
      bench.show(measure)
    }
  }
}
