import MixNet
import OrderedJSON
import SimNet

/// The adversaries of a run, each on hosts of its own.
final class AdversaryTeam {
  /// A kind of adversary and what its hosts have done.
  struct Report: Sendable {
    let kind: AdversaryKind
    let deeds: [(name: String, count: Int)]

    var json: JSON {
      .object([("name", .text(kind.name)), ("hosts", .int(kind.hosts))] + deeds.map { ($0.name, .int($0.count)) })
    }

    var text: String { "\(kind.name) (\(deeds.map { "\($0.name) \($0.count)" }.joined(separator: ", ")))" }
    /// All that it has done.
    var sum: Int { deeds.reduce(0) { $0 + $1.count } }
  }

  private final class Reactor: SimReactor {
    let adversary: any Adversary
    init(_ adversary: any Adversary) { self.adversary = adversary }
    func turn() -> Instant? { adversary.turn() }
  }

  private let kinds: [AdversaryKind]
  private var members: [(kind: Int, host: SimHost, adversary: (any Adversary)?)] = []
  /// False once they are gone.
  private(set) var isAtWork = false
  let wiretap = Wiretap()

  init(_ kinds: [AdversaryKind]) { self.kinds = kinds }

  /// Places the hosts and starts them.
  func start(in world: SimWorld, against plan: MixPlan) {
    guard !kinds.isEmpty else { return }
    isAtWork = true
    wiretap.isOn = true
    let targets = plan.targets
    for (place, kind) in kinds.enumerated() {
      for number in 0..<kind.hosts {
        let name = "\(kind.name)-\(place + 1)-\(number + 1)"
        let host = world.host(named: name, netgroup: UInt8(truncatingIfNeeded: place + 1))
        host.isProtected = true
        members.append((place, host, nil))
        start(members.count - 1, number, world.seed, targets)
      }
    }
  }

  private func start(_ member: Int, _ number: Int, _ seed: SimSeed, _ targets: [AdversaryPost.Target]) {
    let (kind, wiretap) = (kinds[members[member].kind], wiretap)
    let common = seed.derived(.workload(Workload.adversary)).derived("kind", Fingerprint.of(kind.name).prefix)
    // Two of one kind have the same victims and nothing else in common.
    let own = UInt64(members[member].kind) << 32 | UInt64(number)
    try? members[member].host.boot { [unowned self] environments in
      environments.prefix(1).map { environment in
        let adversary = kind.make(
          AdversaryPost(
            environment: environment, number: number, kindSeed: common, seed: common.derived("host", own),
            targets: targets, wiretap: wiretap))
        members[member].adversary = adversary
        return Reactor(adversary)
      }
    }
  }

  /// They are gone, all at once.
  func stop() {
    isAtWork = false
    wiretap.isOn = false
    for member in members { member.host.crash(.killed) }
  }

  /// What each kind has done, as sums over its hosts.
  var reports: [Report] {
    kinds.indices.map { kind in
      var sums: [(name: String, count: Int)] = []
      for member in members where member.kind == kind {
        for deed in member.adversary?.deeds ?? [] {
          if let place = sums.firstIndex(where: { $0.name == deed.name }) {
            sums[place].count += deed.count
          } else {
            sums.append(deed)
          }
        }
      }
      return Report(kind: kinds[kind], deeds: sums)
    }
  }

  /// The numbers of the hosts of the kinds of which such things are counted.
  func hosts(counting: AdversaryKind.Counting) -> [UInt32] {
    members.filter { kinds[$0.kind].counts == counting }.map(\.host.number)
  }

  /// Packets that they have sent.
  var packets: Int { reports.reduce(0) { $0 + ($1.deeds.first { $0.name == "packets" }?.count ?? 0) } }
}

extension MixPlan {
  /// The nodes as adversaries see them.
  var targets: [AdversaryPost.Target] {
    directory.nodes.compactMap { node in
      guard let chain = node.chains.first?.address, let clients = node.clients else { return nil }
      return AdversaryPost.Target(name: node.name, layer: node.layer, chain: chain, clients: clients)
    }
  }
}
