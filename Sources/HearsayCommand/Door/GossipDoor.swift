import Gossip
import LinuxNet
import MixHost
import MixNet

/// Where programs of this machine publish, subscribe and ask: a Unix socket that its owner alone may open. It runs in the loop of the process's
/// main thread and talks to the gossip stage by `Node.tell`.
final class GossipDoor {
  private final class Visitor {
    let connection: FramedConnection
    let inbox: DoorInbox
    var visit = DoorVisit()

    init(_ connection: FramedConnection, _ inbox: DoorInbox) { (self.connection, self.inbox) = (connection, inbox) }
  }

  private let node: Node
  private let place: (stage: String, chain: String)
  private let network: EpollNetwork
  private let settings: OperationSettings
  private let listener: ListenerID
  private var visitors: [Visitor] = []
  /// When it listens again, after descriptors were used up.
  private var opensAt = Instant.never
  private static let rest = Nanos.ms(100)
  /// A program that has so much to read still gets nothing more.
  private static let unsentMax = 256 << 10
  private static let tooLarge = DoorAnswer.failed("a request has at most \(DoorRequest.frameMax) bytes")
  private static let tooMany = DoorAnswer.failed("the node serves as many programs as it may; see [door] visitors_max")

  /// Where a node has a gossip stage, the first one: its name and its chain's.
  static func place(in plans: [ChainPlan]) -> (stage: String, chain: String)? {
    for plan in plans {
      for stage in plan.stageNames where stage == "gossip" || stage.hasPrefix("gossip/") { return (stage, plan.name) }
    }
    return nil
  }

  /// Nil when the node has no gossip, or wants no door.
  init?(_ node: Node, _ settings: OperationSettings, _ network: EpollNetwork) throws(NetworkError) {
    guard let place = Self.place(in: node.blueprint.plans), settings.doorVisitorsMax > 0 else { return nil }
    (self.node, self.place, self.network, self.settings) = (node, place, network, settings)
    listener = try network.listen(settings.door, backlog: 64, mode: 0o600)
    Self.watchNamesake(node, place)
  }

  /// Says once, in the node's log, that another node has this one's name.
  private static func watchNamesake(_ node: Node, _ place: (stage: String, chain: String)) {
    _ = node.tell(place.stage, of: place.chain) { stage, _ in
      (stage as? GossipStage)?.watchNamesake { [weak node] address in
        node?.log(
          .error,
          "another node of the cluster, at \(address), has this node's name, '\(node?.blueprint.facts.name ?? "")': "
            + "messages of the one that started first are lost; give one of them another name")
      }
    }
  }

  /// The most that its programs can make it take, in bytes.
  static func bytesMax(_ settings: OperationSettings) -> Int {
    settings.doorVisitorsMax * (settings.doorUnreadMax + 4 * DoorRequest.frameMax)
  }

  /// When it wants to be called again by itself.
  var next: Instant {
    visitors.reduce(opensAt) { $1.connection.waiting < Self.unsentMax ? min($0, $1.visit.next) : $0 }
  }

  // MARK: The loop

  func handle(_ event: NetworkEvent, _ now: Instant) {
    switch event.source {
    case .listener(listener): accept(now)
    case .connection(let id):
      guard let visitor = visitors.first(where: { $0.connection.id == id }) else { return }
      visitor.connection.handle(event)
    default: break
    }
  }

  /// Once a turn of the loop: what has come goes to the stage, and what the stage has said to the programs.
  func turn(_ now: Instant) {
    if opensAt <= now {
      opensAt = .never
      network.setInterest(listener, accept: true)
    }
    for visitor in visitors { serve(visitor, now) }
    for visitor in visitors where visitor.connection.end != nil { leave(visitor) }
    visitors.removeAll { $0.connection.end != nil }
  }

  private func serve(_ visitor: Visitor, _ now: Instant) {
    if let outcome = visitor.inbox.takeOutcome() {
      for answer in outcome.answers { visitor.connection.send(answer.bytes) }
      visitor.visit.answered(rest: outcome.rest, hasProgress: !outcome.answers.isEmpty, now)
    }
    // A subscription is answered before its first message: that comes to the inbox while the stage has the request.
    while !visitor.visit.isUnderWay, visitor.connection.waiting < Self.unsentMax, let item = visitor.inbox.next() {
      switch item {
      case .message(let message): visitor.connection.send(message.frame)
      case .lost(let count): visitor.connection.send(DoorAnswer.lost(count).bytes)
      }
    }
    let hasRoom = visitor.connection.waiting < Self.unsentMax
    while hasRoom, visitor.visit.mayRead, let frame = visitor.connection.next() { visitor.visit.received(frame) }
    visitor.connection.reads = hasRoom && visitor.visit.mayRead
    if visitor.connection.isInputOver, visitor.visit.isIdle, visitor.connection.waiting == 0 {
      return visitor.connection.close()
    }
    guard hasRoom, let entries = visitor.visit.take(now) else { return }
    let inbox = visitor.inbox
    tell { stage, turn in DoorErrand.run(entries, for: inbox, stage, &turn) }
  }

  private func tell(_ body: @escaping @Sendable (GossipStage, inout Turn) -> Void) {
    _ = node.tell(place.stage, of: place.chain) { stage, turn in
      if let stage = stage as? GossipStage { body(stage, &turn) }
    }
  }

  private func leave(_ visitor: Visitor) {
    let inbox = visitor.inbox
    tell { stage, _ in DoorErrand.leave(inbox, stage) }
  }

  private func accept(_ now: Instant) {
    while true {
      switch network.accept(listener) {
      case .accepted(let accepted):
        let connection = FramedConnection(
          accepted, network, frameMax: DoorRequest.frameMax, keepsHalf: true,
          lastWords: Self.tooLarge.bytes)
        guard visitors.count < settings.doorVisitorsMax else {
          connection.send(Self.tooMany.bytes)
          connection.close()
          continue
        }
        visitors.append(Visitor(connection, DoorInbox(bytesMax: settings.doorUnreadMax, waker: network.waker)))
      case .blocked: return
      case .exhausted:
        network.setInterest(listener, accept: false)
        opensAt = now + Self.rest
        return
      }
    }
  }
}
