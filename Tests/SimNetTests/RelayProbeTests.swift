#if Probes
  import MixNet
  import Testing

  @testable import MixHost
  @testable import SimNet

  /// The points in a node's code that only a plain relay passes, and a link to a host that has a name: no sweep shows them.
  @Suite struct RelayProbeTests {
    private static let points = [
      "circuit.answer_too_late", "circuit.back_is_where_it_came_from", "circuit.expired", "circuit.table_full",
      "link.lookup_crowded",
    ]

    /// Visitors come and go, some stay away for long, and some leave before their answers come.
    private func visit(_ relays: Relays) {
      relays.world.name("exit.example", [relays.exit.address(port: 9_001)])
      relays.world.run(for: .s(5))
      for number in 0..<40 {
        guard relays.tryConnect() else { continue }
        let asked = (0..<3).map { pattern(20 + $0, from: 3 * number + $0) }
        for frame in asked { relays.ask(frame) }
        relays.listen(for: .ms(200))
        // Trouble may cost answers; what comes was asked for, and in that order.
        var rest = asked[...]
        for answer in relays.answers { rest = rest.drop { $0 != answer }.dropFirst() }
        #expect(relays.answers.count + rest.count <= asked.count, "an answer that nobody asked for")
        if number % 10 == 9 { relays.listen(for: .s(90)) }
        relays.disconnect()
      }
      let far = LinkConditions(delay: .fixed(.s(1)))
      relays.world.setConditions(far, between: relays.entry, and: relays.exit)
      for _ in 0..<5 where relays.tryConnect() {
        relays.ask([7])
        relays.listen(for: .ms(500))
        relays.disconnect()
        relays.world.run(for: .s(3))
      }
    }

    @Test func aRelayPassesAllOfThem() throws {
      var shown: Set<String> = []
      for seed in 1...12 as ClosedRange<UInt64> {
        let recorder = ProbeRecorder(.init(seed: Seed(seed), isBuggy: true))
        try recorder.listen {
          Result {
            let relays = try Relays(seed, .quiet, isNamed: true)
            visit(relays)
          }
        }.get()
        #expect(recorder.broken.isEmpty, "seed \(seed)")
        // What must hold counts what did not; the others count what was shown.
        let isOfAlways: (String) -> Bool = { $0 == "circuit.back_is_where_it_came_from" }
        for count in recorder.counts where isOfAlways(count.name) ? count.passed > 0 : count.fired > 0 {
          shown.insert(count.name)
        }
      }
      #expect(Self.points.filter { !shown.contains($0) } == [])
    }
  }
#endif
