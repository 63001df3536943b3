import Gossip
import MixNet

extension FuzzTarget {
  /// A member of the cluster: what it says of nodes, its own lies with it.
  static let swims = FuzzTarget(
    name: "swims", summary: "peers: probes, their answers and news of nodes, and a node that hears them", sizeMax: 320,
    seeds: { _ in
      let (one, two) = (SwimTown.node(1), SwimTown.node(2))
      let news = [MemberUpdate(.suspect, one, accuser: 3), MemberUpdate(.dead, two, accuser: 4)]
      let messages: [SwimMessage] = [
        .ping(1, target: SwimTown.node(0).id, from: one, news), .ack(2, incarnation: 3, []),
        .pingRequest(3, budget: 200, from: one, target: two, news), .nack(4), .gossip(news),
        .pull(after: Bytes32(), from: two, count: 9), .piece(after: Bytes32(), isLast: true, news),
      ]
      let bytes = messages.map { message in
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return bytes
      }
      var life: [UInt8] = [1, 0]
      for message in bytes { life += [0, UInt8(message.count / 256), UInt8(message.count % 256)] + message }
      return bytes.map { [0] + $0 } + [life, [1, 1, 1, 2, 3, 1, 1, 2, 200, 1, 5, 2, 2, 200, 2, 250, 1, 9]]
    }
  ) { { look(Input($0)) } }
}

private func look(_ input: Input) {
  var input = input
  guard input.byte() % 2 == 1 else {
    let bytes = input.rest()
    guard let message = SwimMessage(bytes.span) else { return }
    var again: [UInt8] = []
    message.encode(into: &again)
    check(again == bytes, "a message has two encodings")
    return
  }
  var town = SwimTown(input.byte())
  for _ in 0..<40 where !input.isEmpty { town.take(input.byte(), &input) }
}

/// A node that watches others, and up to 32 of these.
private struct SwimTown: ~Copyable {
  private static let membersMax = 12
  private var swim: Swim
  private var now = Instant(ns: 1_000_000_000)
  private var effects: [SwimEffect] = []
  /// Numbers of the node's own probes.
  private var asked: [UInt32] = []
  private let isNeighbourly: Bool

  init(_ kind: UInt8) {
    var settings = SwimSettings()
    settings.membersMax = Self.membersMax
    isNeighbourly = kind & 1 != 0
    settings.mode = isNeighbourly ? .neighbours : .everybody
    settings.lifeguard = kind & 2 == 0
    swim = Swim(Self.node(0, incarnation: kind & 4 == 0 ? 1 : NodeRecord.incarnationMax - 1), settings, seed: Seed(1))
    swim.start(seeds: [Self.node(1).address, Self.node(2).address], now: now, &effects)
    judge()
  }

  private static let nodes = (0..<32).map { number in
    let address = Address.ipv4(InlineBytes4(word: UInt32(10 << 24 | number)), port: 7_000)
    guard let record = NodeRecord(id: Bytes32([UInt8(number * 7), 1]), address: address, incarnation: 1) else {
      fatalError("there is no node \(number)")
    }
    return record
  }

  static func node(_ number: Int, incarnation: UInt64 = 1) -> NodeRecord {
    var record = nodes[number % 32]
    record.incarnation = incarnation
    return record
  }

  mutating func take(_ step: UInt8, _ input: inout Input) {
    switch step % 8 {
    case 0:
      let bytes = input.take(Int(input.number(2) % 400))
      if let message = SwimMessage(bytes.span) { swim.receive(message, now: now, &effects) }
    case 1, 2:
      now = now + .ms(UInt64(input.byte()) * (step & 64 == 0 ? 1 : 997))
      swim.tick(now, &effects)
      check(swim.next > now, "a node comes to no rest")
    case 3: swim.hint(Self.node(Int(input.byte())).id, now: now, &effects)
    case 4:
      if step & 64 != 0 { swim.overloaded() }
      let nodes = (0..<Int(input.byte() % 20)).map { _ in Self.node(Int(input.byte())) }
      swim.watch(nodes, now: now, &effects)
    default: swim.receive(message(&input), now: now, &effects)
    }
    judge()
  }

  private func updates(_ input: inout Input) -> [MemberUpdate] {
    (0..<Int(input.byte() % 24)).map { _ in
      let (node, kind) = (Int(input.byte()), input.byte())
      let incarnation = kind & 64 == 0 ? UInt64(kind / 4 % 4) : input.incarnation()
      let status = MemberUpdate.Status(rawValue: kind % 4) ?? .alive
      return MemberUpdate(status, Self.node(node, incarnation: incarnation), accuser: UInt64(kind / 16))
    }
  }

  private func message(_ input: inout Input) -> SwimMessage {
    let kind = input.byte()
    let (from, target) = (Self.node(Int(input.byte())), Self.node(Int(input.byte())))
    // One of those that it waits for, or any.
    let number = asked.isEmpty || kind & 64 != 0 ? UInt32(kind) : asked[Int(input.byte()) % asked.count]
    switch kind % 7 {
    case 0: return .ping(number, target: target.id, from: from, updates(&input))
    case 1: return .ack(number, incarnation: kind & 128 == 0 ? 2 : input.number(8), updates(&input))
    case 2:
      return .pingRequest(number, budget: UInt16(input.number(2)), from: from, target: target, updates(&input))
    case 3: return .nack(number)
    case 4: return .gossip(updates(&input))
    case 5: return .pull(after: kind & 128 == 0 ? Bytes32() : target.id, from: from, count: UInt32(kind))
    default:
      return .piece(after: kind & 128 == 0 ? Bytes32() : target.id, isLast: kind & 8 == 0, updates(&input))
    }
  }

  private mutating func judge() {
    check(swim.known.count <= Self.membersMax, "it knows \(swim.known.count) nodes")
    check(swim.doubt <= 8, "it doubts too much")
    check((1...Self.membersMax + 1).contains(swim.present), "\(swim.present) are there")
    check(effects.count <= 256, "one step has \(effects.count) effects")
    for effect in effects {
      guard case .send(let message, let id, _) = effect else { continue }
      check(id != Self.node(0).id, "it talks to itself")
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      check(bytes.count <= SwimMessage.sizeMax, "a message of \(bytes.count) bytes")
      check(SwimMessage(bytes.span) == message, "a message is not read as it was written")
      if case .ping(let number, _, _, _) = message, asked.count < 64 { asked.append(number) }
    }
    effects.removeAll(keepingCapacity: true)
  }
}
