import MixHost
import MixNet
import SimNet

/// An honest stranger finds every door open, whoever crowds before it: it attaches as a client to each node that works, within
/// a second, and where links differ within as much more as four slow packets take.
struct Newcomer {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  static let bound = Nanos.s(1)
  /// So often it waits for a node whose memory is short: packets for a node that is down leave it within seconds.
  private static let triesMax = 10
  private static let netgroup: UInt8 = 255

  private final class Guest: SimReactor {
    let wires: RawWires
    let door: Attached

    init(_ environment: Environment, _ targets: [AdversaryPost.Target], _ places: [Int], _ random: inout RandomStream) {
      wires = RawWires(environment)
      door = Attached(wires, targets, places: places, &random)
    }

    func turn() -> Instant? {
      wires.poll()
      return door.keepUp()
    }
  }

  /// What the stranger's packets may take on the links that it has: to connect and to attach takes two ways there and two back.
  private func ways(from host: SimHost, to places: [Int]) -> Nanos {
    guard run.settings.variety != nil else { return .zero }
    return places.reduce(.zero) {
      max($0, run.world.conditions(between: host, and: run.nodes[$1].host).delay.longest * 4)
    }
  }

  func check() {
    let host = run.world.host(named: "newcomer", netgroup: Self.netgroup)
    host.isProtected = true
    let places = run.core.layers.flatMap { $0 }.sorted()
    var guest: Guest?
    // The host keeps what it starts, and the run keeps the host: it must not be told of the run.
    let (targets, seed) = (run.plan.targets, run.world.seed)
    try? host.boot { environments in
      var random = RandomStream(seed: seed.derived(.workload(Workload.newcomer)))
      guest = environments.first.map { Guest($0, targets, places, &random) }
      return guest.map { [$0] } ?? []
    }
    let began = run.world.now
    let bound = Self.bound + ways(from: host, to: places)
    func isOutside(_ place: Int) -> Bool { guest?.door.isAttached(to: place) != true }
    /// How often a node has let nobody in because its memory was short: that is no fault while it lasts.
    func wasShut(_ place: Int) -> Int {
      run.nodes[place].status?.linksRefused.first { $0.reason == "memory" }?.count ?? 0
    }
    for _ in 0..<Self.triesMax {
      let before = places.map(wasShut)
      if run.world.run(for: bound, until: { !places.contains(where: isOutside) }) { break }
      guard zip(places, before).allSatisfy({ !isOutside($0) || wasShut($0) > $1 }) else { break }
    }
    if let place = places.first(where: isOutside) {
      let name = run.plan.directory.nodes[place].name
      let count = places.count(where: isOutside)
      run.ledger.violate(
        "newcomer",
        "\((run.world.now - began).ms) ms after it came, an honest client is not attached to \(name)"
          + (count > 1 ? " nor to \(count - 1) others" : ""))
    }
    run.newcomer = run.world.now - began
    host.crash(.killed)
  }
}
