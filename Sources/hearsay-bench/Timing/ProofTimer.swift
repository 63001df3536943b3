import LinuxNet
import MixNet
import VRFDelay

/// How long a proof of the VRF takes: by always the same key, or by any.
struct ProofTimer {
  private var keys: TimedInputs
  private var inputs: TimedInputs
  private let clock = SystemClock()

  init() throws(BenchError) {
    var random = RandomStream(seed: Seed(13).derived("keys"))
    var seeds: [[UInt8]] = []
    for _ in 0...TimedInputs.count {
      var seed = [UInt8](repeating: 0, count: 32)
      var span = seed.mutableSpan
      random.fill(&span)
      seeds.append(seed)
    }
    let all = try seeds.map { (seed: [UInt8]) throws(BenchError) -> [UInt8] in try Self.input(of: seed) }
    let count = TimedInputs.count
    keys = TimedInputs([[UInt8]](repeating: seeds[count], count: count), Array(seeds[..<count]))
    inputs = TimedInputs([[UInt8]](repeating: all[count], count: count), Array(all[..<count]))
  }

  /// The time that it takes to find an input's point tells of the input and the public key, which everybody knows: so each key has an
  /// input whose point is found at once.
  private static func input(of seed: [UInt8]) throws(BenchError) -> [UInt8] {
    guard let key = VRFSecretKey(seed.span)?.publicKey else { throw BenchError("there is no key") }
    var number: UInt64 = 0
    while true {
      let input = EpochName(chain: "mix", seconds: 600, number: 1_000 + number).input
      if VRFTranscript.tries(key.bytes, input.span) == 1 { return input }
      number += 1
    }
  }

  mutating func time(_ isSecond: UInt8, _ place: Int) throws(BenchError) -> Nanos {
    keys.choose(isSecond, place)
    inputs.choose(isSecond, place)
    guard let key = VRFSecretKey(keys.chosen.span) else { throw BenchError("there is no key") }
    let start = clock.now
    let proof = key.prove(inputs.chosen.span)
    let took = clock.now - start
    if proof == nil { throw BenchError("there is no proof") }
    return took
  }
}

/// A comparison as it must not be: it ends at the first byte that differs.
struct LeakyTimer {
  private let secret = [UInt8](repeating: 7, count: 4_096)
  private var guesses: TimedInputs
  private let clock = SystemClock()

  /// A guess that is right up to its last byte, and one that is wrong from the first on.
  init() {
    let (right, wrong) = ([UInt8](repeating: 7, count: 4_095) + [0], [UInt8](repeating: 0, count: 4_096))
    let count = TimedInputs.count
    guesses = TimedInputs([[UInt8]](repeating: right, count: count), [[UInt8]](repeating: wrong, count: count))
  }

  mutating func time(_ isSecond: UInt8, _ place: Int) throws(BenchError) -> Nanos {
    guesses.choose(isSecond, place)
    let start = clock.now
    var at = 0
    while at < secret.count, secret[at] == guesses.chosen[at] { at += 1 }
    let took = clock.now - start
    if at == secret.count { throw BenchError("a wrong guess was taken for the secret") }
    return took
  }
}
