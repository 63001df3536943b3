import Sphinx

/// Work whose instructions callgrind counts: so many packets, and as little else as there can be. Of two runs with different
/// numbers the difference is the packets' own. There is no clock in it, so a machine's load does not matter.
enum InstructionCases {
  static func main(_ words: [String]) -> Int32 {
    guard words.count == 2, let count = Int(words[1]), (1...100_000).contains(count) else {
      Output.note(
        "hearsay-bench: instructions needs a case, unwrap or stages, and a number of packets from 1 to 100000")
      return 2
    }
    do throws(BenchError) {
      switch words[0] {
      case "unwrap": try unwrap(count)
      case "stages": try stages(count)
      default:
        Output.note("hearsay-bench: instructions has no case '\(words[0])' (cases: unwrap, stages)")
        return 2
      }
      return 0
    } catch {
      Output.note("hearsay-bench: FAULT: instructions: \(error.sentence)")
      return 1
    }
  }

  /// Sphinx packets at the first of two hops, one batch over and over; libsodium's X25519, which callgrind can follow.
  private static func unwrap(_ count: Int) throws(BenchError) {
    let route = MixRoute(hops: 2)
    let packets = try route.packets(8)
    var batch = UnwrapBatch(route: route, capacity: packets.count, SodiumMultiplier())
    var done = 0
    while done < count {
      batch.load(packets)
      batch.headers()
      batch.payloads()
      done += packets.count
    }
    guard batch.packets.indices.allSatisfy({ route.deliver(batch.packets[$0], from: 1) == $0 }) else {
      throw BenchError("a packet came out wrong")
    }
  }

  /// Packets of 64 bytes through the host and stages that do next to nothing.
  private static func stages(_ count: Int) throws(BenchError) {
    var run = StagesRun(chain: try LightStages.chain(batch: 128, dropsEvery: 0), batch: 128, every: 0)
    run.turns((count + 127) / 128)
    var measure = Measure("stages")
    run.end(&measure)
    if let fault = measure.faults.first { throw BenchError(fault) }
  }
}
