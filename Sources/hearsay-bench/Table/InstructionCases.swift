import Sphinx

/// Work whose instructions callgrind counts: so many packets, and as little else as there can be. Of two runs with different
/// numbers the difference is the packets' own. There is no clock in it, so a machine's load does not matter.
enum InstructionCases {
  private static let cases: [(name: String, count: @Sendable (Int) throws(BenchError) -> Void)] = [
    ("unwrap", unwrap), ("stages", stages), ("plain", plain),
    (
      "sphinx",
      { (count) throws(BenchError) in
        try sphinx(count, isObserved: false)
      }
    ), ("observed", { (count) throws(BenchError) in try sphinx(count, isObserved: true) }),
  ]

  static var names: String { cases.map(\.name).joined(separator: ", ") }

  static func main(_ words: [String]) -> Int32 {
    guard words.count == 2, let count = Int(words[1]), (1...100_000).contains(count),
      let chosen = cases.first(where: { $0.name == words[0] })
    else {
      Output.note("hearsay-bench: instructions needs a case (\(names)) and a number of packets from 1 to 100000")
      return 2
    }
    do throws(BenchError) {
      try chosen.count(count)
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

  /// Frames of 2 KiB through the chain of a plain relay's entry, as its configuration has it.
  private static func plain(_ count: Int) throws(BenchError) {
    var plan = RelayNodePlan()
    (plan.chain, plan.next, plan.state) = (.plain, 1, "/state")
    var chain = try ConfiguredChain(plan, MixRoute(hops: 2))
    let frames = (0..<64).map { Stamp.bytes(UInt64($0), size: 2_048) }
    for start in stride(from: 0, to: count, by: frames.count) { try chain.pass(frames.prefix(count - start)) }
    guard chain.count == count, chain.first.elementsEqual(frames.prefix(min(count, chain.first.count))) else {
      throw BenchError("other frames came out than went in")
    }
  }

  /// Sphinx packets through the chain of a mix, as its configuration has it. As many are made whatever the number, so that
  /// what making them takes is in no difference.
  private static func sphinx(_ count: Int, isObserved: Bool) throws(BenchError) {
    let most = 192
    guard count <= most else { throw BenchError("there are \(most) packets") }
    var plan = RelayNodePlan()
    (plan.next, plan.isObserved, plan.state) = (1, isObserved, "/state")
    let route = MixRoute(hops: 2)
    let packets = try route.packets(most)
    var chain = try ConfiguredChain(plan, route)
    for start in stride(from: 0, to: count, by: 8) { try chain.pass(packets[start..<min(start + 8, count)]) }
    guard chain.count == count else { throw BenchError("\(chain.count) of \(count) packets came out") }
    let looks = isObserved ? count * LightObserve.phases : 0
    guard chain.looks == looks else { throw BenchError("packets were looked at \(chain.looks) times, not \(looks)") }
    for (number, packet) in chain.first.enumerated() where route.deliver(packet, from: 1) != number {
      throw BenchError("packet \(number) came out wrong")
    }
  }
}
