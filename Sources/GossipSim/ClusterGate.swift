import MixNet

/// Figures that must be reached: a scenario and bounds for what comes of it.
package struct ClusterGate: Sendable {
  package struct Check: Sendable {
    package let name: String
    /// Nil for something that did not come to be.
    package let value: Double?
    package let bound: Double
    /// True when the value must be no less than the bound, else no more.
    package let isLeast: Bool
    package var isGood: Bool { value.map { isLeast ? $0 >= bound : $0 <= bound } ?? false }
  }

  package let name: String
  package let summary: String
  private let full: ClusterScenario
  /// The same with fewer nodes and messages, for everyday tests.
  private let small: ClusterScenario
  package let checks: @Sendable (ClusterOutcome) -> [Check]

  package func scenario(isFull: Bool) -> ClusterScenario { isFull ? full : small }

  private init(
    _ name: String, _ summary: String, full: (inout ClusterScenario) -> Void, small: (inout ClusterScenario) -> Void,
    checks: @escaping @Sendable (ClusterOutcome) -> [Check]
  ) {
    (self.name, self.summary, self.checks) = (name, summary, checks)
    var scenario = ClusterScenario()
    full(&scenario)
    self.full = scenario
    small(&scenario)
    self.small = scenario
  }

  /// All of them.
  package static let all: [ClusterGate] = healthy + hurt + attacked

  // MARK: Nothing goes wrong

  private static let healthy = [
    ClusterGate("one-sender", "one node publishes") {
      ($0.nodes, $0.publishers, $0.messages) = (1_000, 1, 200)
    } small: {
      ($0.nodes, $0.messages, $0.rate) = (150, 60, 10)
    } checks: {
      [all($0), most("rmr", $0.rmr, 0.02), most("ldh_mean", $0.lastHopMean, 11)]
    },
    ClusterGate("fifty-senders", "fifty nodes publish") {
      ($0.nodes, $0.publishers, $0.messages) = (1_000, 50, 2_000)
    } small: {
      ($0.nodes, $0.messages, $0.rate) = (150, 200, 50)
    } checks: {
      [all($0), most("rmr", $0.rmr, 0.1), most("p50_ms", $0.latencyHalf, 120), most("p99_ms", $0.latency99, 170)]
    },
    ClusterGate("all-send", "every node publishes; after two rounds") {
      ($0.nodes, $0.publishers, $0.messages, $0.rate, $0.warmUp) = (300, 300, 1_500, 20, 2)
    } small: {
      ($0.nodes, $0.publishers, $0.messages, $0.rate) = (60, 60, 240, 60)
    } checks: {
      [all($0), most("rmr", $0.rmr, 0.05)]
    },
    ClusterGate("ten-thousand", "10,000 nodes") {
      ($0.nodes, $0.publishers, $0.messages) = (10_000, 10, 100)
    } small: {
      ($0.nodes, $0.publishers, $0.messages, $0.everybodyMax) = (500, 5, 20, 10)
    } checks: {
      [all($0), most("p99_ms", $0.latency99, 250)]
    },
  ]

  // MARK: Loss, crashes, stalls

  private static let hurt = [
    ClusterGate("loss", "one frame in ten vanishes") {
      ($0.nodes, $0.publishers, $0.messages, $0.lossPerMille) = (1_000, 20, 400, 100)
    } small: {
      ($0.nodes, $0.publishers, $0.messages) = (100, 5, 40)
    } checks: {
      [all($0), most("max_ms", $0.latencyMax, 3_000)]
    },
    ClusterGate("crash", "four nodes in five end at once; the survivors") {
      ($0.nodes, $0.publishers, $0.messages, $0.crashPerMille) = (10_000, 10, 60, 800)
    } small: {
      ($0.nodes, $0.publishers, $0.messages, $0.everybodyMax) = (400, 5, 40, 10)
    } checks: {
      // The first of the messages that count is published a tenth of a second after the crash.
      [all($0), most("max_ms", $0.latencyMax, 3_400), most("views_repaired_s", $0.repairedSeconds, 5)]
    },
    ClusterGate("stall", "one node in eight stands still for 5 to 30 s of every minute; the others") {
      ($0.nodes, $0.publishers, $0.messages, $0.rate, $0.stalls) = (64, 4, 3_600, 1, true)
    } small: {
      ($0.nodes, $0.messages) = (32, 180)
    } checks: {
      [all($0), most("false_deaths", Double($0.falseDeaths), 0)]
    },
  ]

  // MARK: Sybils

  private static let attacked = ClusterAttack.allCases.map { attack in
    ClusterGate(attack.rawValue, "four sybils for each honest node; the honest ones") {
      ($0.nodes, $0.publishers, $0.messages, $0.attack) = (100, 25, 1_600, attack)
    } small: {
      ($0.nodes, $0.publishers, $0.messages, $0.rate) = (20, 20, 1_280, 16)
    } checks: {
      [
        all($0), most("p99_ms", $0.latency99, 1_600), most("stay_max_s", $0.attack?.stayMax, 60),
        least("banned", $0.attack.map { Double($0.banned) }, 1),
        most("honest_convicted", Double($0.honestConvicted), 0),
      ]
    }
  }

  private static func all(_ outcome: ClusterOutcome) -> Check {
    Check(name: "missing", value: Double(outcome.expected - outcome.received), bound: 0, isLeast: false)
  }

  private static func most(_ name: String, _ value: Double?, _ bound: Double) -> Check {
    Check(name: name, value: value, bound: bound, isLeast: false)
  }

  private static func least(_ name: String, _ value: Double?, _ bound: Double) -> Check {
    Check(name: name, value: value, bound: bound, isLeast: true)
  }
}
