import MixNet

@testable import Gossip

extension FuzzTarget {
  /// Whoever can reach a gossip node: what comes before it is known who says it, and what a member says then.
  static let members = FuzzTarget(
    name: "members",
    summary: "anyone: link frames and datagrams of a gossip cluster, before it is proved who sends them and after",
    sizeMax: 480,
    seeds: { _ in
      var seeds: [[UInt8]] = []
      for kind in [0, 1] as [UInt8] {
        let pair = GossipPair(kind)
        for message in SwimSeeds.messages {
          seeds.append([kind << 1] + MemberDatagram.bytes(message, from: pair.guest))
        }
      }
      // The two meet, greet and talk; a guest comes, greets and speaks; a stranger tries.
      let meet: [UInt8] = [1, 0] + [UInt8](repeating: 0, count: 2)
      let talk: [UInt8] = (0..<8).flatMap { _ in [5, 0, 0, 5, 1, 0] as [UInt8] }
      let visit: [UInt8] = [0, 0, 6, 1, 0, 3, 1, 0, 4, 1, 0, 0]
      let word: [UInt8] = [2, 1, 8, 6, 1, 2, 3, 4, 5, 6, 7]
      for kind in 0..<8 as Range<UInt8> {
        let choice = 1 | kind << 1
        seeds.append([choice] + meet + talk + [10, 200, 9, 0, 0, 9, 0, 0, 11, 2, 10, 60] + talk)
        seeds.append([choice] + visit + word + [8, 0, 0, 6, 1, 2, 3, 4, 5, 6])
        seeds.append([choice, 0, 1, 6, 0, 0, 3, 0, 0, 4, 0, 0, 0, 7, 0, 40] + [UInt8](repeating: 1, count: 40))
      }
      // A neighbour that reads nothing is asked for so long that its link has no room for the question.
      seeds.append([
        135, 1, 0, 5, 1, 0, 138, 138, 138, 138, 138, 138, 5, 0, 1, 5, 5, 0, 138, 138, 138, 47, 138, 17, 0, 0, 142,
        142, 142, 142, 142, 142, 142, 142, 142, 42, 142, 142, 142, 142, 142, 142, 42, 142, 142, 142, 142,
      ])
      return seeds
    }
  ) { { look(Input($0)) } }
}

/// Messages of members to begin with.
private enum SwimSeeds {
  static var messages: [SwimMessage] {
    guard let one = NodeRecord(id: Bytes32([3, 9]), address: GossipPair.address(1), incarnation: 1) else { return [] }
    return [.ping(1, target: Bytes32([1, 9]), from: one, []), .ack(2, incarnation: 3, []), .nack(4)]
  }
}

private func look(_ input: Input) {
  var input = input
  let choice = input.byte()
  let pair = GossipPair(choice >> 1)
  guard choice & 1 != 0 else {
    let bytes = input.rest()
    let own = pair.cores[0].core.membership
    guard let (message, sender) = MemberDatagram.read(bytes.span, own) else { return }
    var again: [UInt8] = []
    message.encode(into: &again)
    check(sender != own.id, "a node hears itself")
    check(again == Array(bytes.suffix(again.count)), "a datagram has two encodings")
    return check(bytes.count == 33 + own.proofSize + again.count, "a datagram has bytes that nobody reads")
  }
  var steps = 0
  while !input.isEmpty, steps < 120 {
    pair.take(input.byte(), &input)
    pair.judge()
    steps += 1
  }
  pair.end()
}

/// How a frame or a datagram gets through.
private func fate(_ bytes: inout [UInt8], _ choice: UInt8, _ input: inout Input) -> Int {
  switch choice % 8 {
  case 5: return 0
  case 6: return 2
  case 7:
    if !bytes.isEmpty { bytes[input.below(bytes.count)] ^= 1 << (choice >> 5) }
    return 1
  default: return 1
  }
}

extension GossipPair {
  fileprivate func take(_ step: UInt8, _ input: inout Input) {
    let node = Int(step >> 7)
    switch step % 12 {
    case 0: connect(to: node, input.byte() & 1 == 0 ? .member : .stranger)
    case 1:
      let far: [Far?] = [.node, .node, .member, .stranger, nil]
      answerDial(far[input.below(far.count)])
    case 2: withLine(&input) { place, input in speak(place, input.take(Int(input.byte()))) }
    case 3:
      withLine(&input) { place, input in
        // As itself, as the other node, as the node itself, as nobody, or as anybody.
        let names: [Bytes32?] = [nil, nil, id(1), id(0), Bytes32(), Bytes32([input.byte()])]
        sayHello(place, as: names[input.below(names.count)])
      }
    case 4:
      withLine(&input) { place, input in
        let choice = input.byte()
        prove(place) { proof in
          switch choice % 4 {
          case 3: proof[1 + input.below(proof.count - 1)] ^= 1 << (choice >> 5)
          case 2: proof = Array(proof.dropLast())
          default: break
          }
        }
      }
    case 5, 6: withLine(&input) { place, input in pass(place, from: node, &input) }
    case 7: hear(input.take(Int(input.number(2) % 400)), node)
    case 8: say(&input, to: node)
    case 9: passDatagram(&input)
    case 10:
      now = now + .ms(UInt64(input.byte()) * (node == 0 ? 4 : 97))
      let wall = wall
      for node in 0..<2 {
        // A link on which nothing that the node must say has room any more is closed by the next tick, which is due at once.
        var ticks = 0
        repeat {
          act(node) { $0.tick(now: $1, wall: wall, &$2) }
          ticks += 1
        } while cores[node].core.next <= now && cores[node].core.isRunning && ticks < 3
        check(cores[node].core.next > now || !cores[node].core.isRunning, "a node comes to no rest")
      }
    default:
      if node == 0 { return publish(Int(input.byte())) }
      withLine(&input) { place, input in cut(place, isBroken: input.byte() & 1 == 0) }
    }
  }

  private func withLine(_ input: inout Input, _ body: (Int, inout Input) -> Void) {
    let number = Int(input.byte())
    if !lines.isEmpty { body(number % lines.count, &input) }
  }

  /// Bytes that nobody's node has made, on a link: from the hand, or into what the two say to each other.
  private func speak(_ place: Int, _ bytes: [UInt8]) {
    if lines[place].far == .node { isTold = true }
    deliver(bytes, on: lines[place].number, to: lines[place].node)
  }

  /// The next frame of a link goes to its other end, or not as it was.
  private func pass(_ place: Int, from end: Int, _ input: inout Input) {
    let line = lines[place]
    let from = line.far == .node && end == 1 ? 1 - line.node : line.node
    guard var bytes = frame(place, from: from) else { return }
    let sent = bytes
    let times = fate(&bytes, input.byte(), &input)
    guard line.far == .node else { return }
    if bytes != sent { isTold = true }
    for _ in 0..<times { deliver(bytes, on: line.number, to: 1 - from) }
  }

  /// A message as a datagram, that no member has made: no more is changed than the hop, which anybody may change.
  private func hear(message bytes: [UInt8], _ node: Int, insteadOf sent: [UInt8] = []) {
    var alike = sent
    if bytes.count == sent.count, sent.count > LinkFrame.messageHead + GossipHeader.size + 36 {
      alike[LinkFrame.messageHead + GossipHeader.size + 36] = bytes[LinkFrame.messageHead + GossipHeader.size + 36]
    }
    check(take(message: bytes, node) != nil || alike == bytes, "a node believes a message that no member has made")
  }

  @discardableResult private func take(message bytes: [UInt8], _ node: Int) -> FrameRefusal? {
    var refusal: FrameRefusal?
    let wall = wall
    act(node) { refusal = $0.receive(bytes.span, on: GossipCore.noLink, now: $1, wall: wall, &$2) }
    return refusal
  }

  private func hear(_ bytes: [UInt8], _ node: Int) {
    if GossipCore.carriesMessage(bytes.span) { return hear(message: bytes, node) }
    let before = cores[node].core.counts.datagramsRefused
    act(node) { $0.received(datagram: bytes.span, now: $1, &$2) }
    check(cores[node].core.counts.datagramsRefused == before + 1, "a node believes bytes that no member has made")
  }

  /// The guest's own word, with a body that may be anything; altered by one bit it is nobody's.
  private func say(_ input: inout Input, to node: Int) {
    let choice = input.byte()
    let body = input.take(Int(input.byte()))
    var head = [guest.proof.rawValue]
    head.append(guest.id)
    let word = Array("hearsay datagram".utf8) + head + body
    var bytes = head + guest.proof(of: word.span) + body
    if choice & 1 != 0 {
      bytes[input.below(bytes.count)] ^= 1 << (choice >> 5)
      return hear(bytes, node)
    }
    isTold = true
    act(node) { $0.received(datagram: bytes.span, now: $1, &$2) }
  }

  private func passDatagram(_ input: inout Input) {
    guard !datagrams.isEmpty else { return }
    let (to, sent) = datagrams.remove(at: input.below(datagrams.count))
    var bytes = sent
    let times = fate(&bytes, input.byte(), &input)
    // It may have come from the very node, if that was told that it is reached at another's place.
    if bytes != sent {
      let isMessage = GossipCore.carriesMessage(sent.span) && GossipCore.carriesMessage(bytes.span)
      return isMessage ? hear(message: bytes, to, insteadOf: sent) : hear(bytes, to)
    }
    if GossipCore.carriesMessage(bytes.span) {
      for _ in 0..<times { take(message: bytes, to) }
      return
    }
    for _ in 0..<times { act(to) { $0.received(datagram: bytes.span, now: $1, &$2) } }
  }

  private func publish(_ size: Int) {
    let wall = wall
    let payload = (0..<8 * size).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ size) }
    act(size & 1) { _ = $0.publish(payload, topic: 1, now: $1, wall: wall, &$2) }
  }
}
