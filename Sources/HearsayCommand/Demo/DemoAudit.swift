import LinuxNet
import MixHost
import MixNet
import OrderedJSON
import VRFDelay

/// Whether the nodes of a demo have kept to their delays: every answered message is followed through the proofs that they
/// have published.
///
/// The client sees when a packet goes and when its reply comes, and nothing between. So it is the sum of the delays of all
/// nodes on the way that is audited: no message may have been faster, but for ``slack``. How much longer they took is told as well.
struct DemoAudit {
  /// What the nodes' files have: epochs so short that the demo can wait for their end.
  static let tables = "[vrf_delay]\nepoch_s = 2\nmax_ms = 1_000\n"
  private static let epochSeconds: UInt32 = 2

  private(set) var honest = 0
  /// Messages that were faster than the proofs say, by more than ``slack``.
  private(set) var dishonest = 0
  /// Messages that took longer than an epoch.
  private(set) var undecided = 0
  /// Messages for whose epochs no proof was published.
  private(set) var unproven = 0
  /// What the messages took besides their delays, in milliseconds.
  private var extra: [Double] = []

  /// A node reads its clocks once a turn, and a turn can be long where others use the machine: a packet may be counted to an
  /// epoch that was over for so long when it came, and leave as much too early, as its delay begins with the turn.
  private static let slack = Nanos.ms(100)
  /// How long proofs are waited for: the rest of an epoch, the longest delay, and what is kept in reserve.
  private static let patienceMS: UInt32 = 15_000

  private let directory: NetworkDirectory
  private let folder: String
  private var audits: [Place: EpochAudit] = [:]

  /// An epoch of a node.
  private struct Place: Hashable {
    let node: Int
    let epoch: UInt64
  }

  /// An audit that can lie in a dictionary.
  private final class EpochAudit {
    private let audit: DelayAudit
    init(_ audit: consuming DelayAudit) { self.audit = audit }
    func delay(of tag: Bytes32) -> Nanos { audit.delay(of: tag) }
  }

  /// Waits for the proofs and judges.
  init(_ directory: NetworkDirectory, in folder: String, _ walks: [(trail: MixClient.Trail, time: Nanos)]) {
    self.directory = directory
    self.folder = folder
    let ends = walks.map { $0.trail.sent.ns + Int64(clamping: $0.time.ns) }
    let last = UInt64(max(0, ends.max() ?? 0)) / Nanos.s(UInt64(Self.epochSeconds)).ns
    for _ in 0..<Self.patienceMS / 100 {
      readProofs()
      if walks.isEmpty || directory.nodes.indices.allSatisfy({ audits[Place(node: $0, epoch: last)] != nil }) { break }
      sleepMS(100)
    }
    for walk in walks { judge(walk.trail, walk.time) }
    extra.sort()
  }

  private mutating func readProofs() {
    for (number, node) in directory.nodes.enumerated() {
      guard let file = try? readFile("\(folder)/\(node.name)/state/proofs", limit: 1 << 24) else { continue }
      let key = node.keys.first { $0.purpose == "vrf" }.flatMap { VRFPublicKey($0.bytes) }
      for line in file.bytes.split(separator: 0x0a) {
        guard let key, let json = JSON(Array(line)), let epoch = json["epoch"]?.uint, let pi = json["pi"]?.text else {
          continue
        }
        let place = Place(node: number, epoch: epoch)
        guard audits[place] == nil, let bytes = Hex.bytes(pi), let proof = VRFProof(bytes.span) else { continue }
        let name = EpochName(chain: "mix", seconds: Self.epochSeconds, number: epoch)
        if let audit = DelayAudit(key, name, proof, Self.law) { audits[place] = EpochAudit(audit) }
      }
    }
  }

  /// The law of a node whose table says no more than ``tables``.
  private static let law = DelayLaw(.exponential, mean: .ms(50), max: .s(1))

  /// A message that lived through the end of an epoch came to its first so many nodes before it; which, nobody has seen. It is
  /// honest when one of the ways that were possible is no longer than it took.
  private mutating func judge(_ trail: MixClient.Trail, _ time: Nanos) {
    let length = Nanos.s(UInt64(Self.epochSeconds)).ns
    let sent = UInt64(max(0, trail.sent.ns))
    let first = (sent - min(sent, Self.slack.ns)) / length
    let last = (sent + time.ns + Self.slack.ns) / length
    guard last <= first + 1 else {
      undecided += 1
      return
    }
    let hops = trail.hops.count
    var isProven = true
    // The longest way that the message had time for; if there is none, the shortest.
    var way: Nanos?
    for early in (last == first ? hops : 0)...hops {
      var delays: [Nanos] = []
      for (i, hop) in trail.hops.enumerated() {
        if let audit = audits[Place(node: hop.node, epoch: i < early ? first : last)] {
          delays.append(audit.delay(of: hop.tag))
        }
      }
      guard delays.count == hops else {
        isProven = false
        continue
      }
      guard last == first || Self.isPossible(delays, early, Nanos(last * length) - Nanos(sent), time) else { continue }
      let sum = Self.sum(delays[...])
      guard let best = way else {
        way = sum
        continue
      }
      way = sum <= time ? (best <= time ? max(best, sum) : sum) : min(best, sum)
    }
    if let way, way <= time + Self.slack {
      honest += 1
      extra.append((Double(time.ns) - Double(way.ns)) / 1e6)
    } else if isProven {
      dishonest += 1
    } else {
      unproven += 1
    }
  }

  /// Whether a message with these delays can have come to its first `early` nodes before `border` and to the others after it, all
  /// counted from when it was sent.
  private static func isPossible(_ delays: [Nanos], _ early: Int, _ border: Nanos, _ time: Nanos) -> Bool {
    let before = sum(delays[..<max(0, early - 1)])
    let behind = sum(delays[early...])
    let isEarly = early == 0 || before <= border + slack
    let isLate = early == delays.count || time - behind + slack >= border
    return isEarly && isLate
  }

  private static func sum(_ delays: ArraySlice<Nanos>) -> Nanos { delays.reduce(Nanos.zero) { $0 + $1 } }

  private func percentile(_ percent: Int) -> Double { extra.isEmpty ? 0 : extra[(extra.count - 1) * percent / 100] }

  // MARK: What is told

  /// What is wrong with the delays.
  var faults: [String] {
    var faults: [String] = []
    if dishonest > 0 { faults.append("\(dishonest) messages were not delayed as the nodes' proofs say") }
    if unproven > 0 { faults.append("for \(unproven) messages the nodes have published no proof") }
    return faults
  }

  var text: String {
    guard honest + dishonest + undecided + unproven > 0 else {
      return "no delays were audited: only the ways of messages of one packet are followed"
    }
    return
      "delays audited by the nodes' proofs: \(honest) of \(honest + dishonest) messages honest, \(undecided) undecided; "
      + "besides their delays they took \(JSON.double(percentile(50)).line) ms (half), "
      + "\(JSON.double(percentile(99)).line) ms (99 of 100)"
  }

  var json: JSON {
    .object([
      ("honest", .int(honest)), ("dishonest", .int(dishonest)), ("undecided", .int(undecided)),
      ("unproven", .int(unproven)),
      (
        "besides_ms",
        .object([("least", .double(percentile(0))), ("p50", .double(percentile(50))), ("p99", .double(percentile(99)))])
      ),
    ])
  }
}
