import Messages
import MixHost
import MixNet
import SimNet

/// What uses the stage `messages` of one process of a node: it connects to its partners, opens streams, sends in bursts,
/// reads at once or late, ends streams and gives them up, and tells the rule `streams` of all of it.
final class Talker: MessagesApplication {
  /// A stream with a partner.
  private struct Stream {
    let id: StreamID
    let out: TalkHalf
    /// What comes on it; not known before the first message.
    var into: TalkHalf?
    /// Its messages are taken at the next beat, some at a time.
    let isSlow: Bool
  }

  /// Another node that it talks with.
  private struct Partner {
    let node: Int
    let identity: Bytes32
    let target: Address
    let dials: Bool
    var dial: UInt64?
    var streams: [Stream] = []
  }

  /// What it is told of the run.
  struct Orders {
    /// It shall send.
    let isSending: () -> Bool
    /// Writes a line into the trace.
    let note: (String) -> Void
  }

  private let node: Int
  private let talks: Talks
  private let orders: Orders
  private var random: RandomStream
  private var partners: [Partner]
  private var nextBeat = Instant.zero
  private var hasSaidGoodbye = false
  /// While it calls the stage, what happens waits until it has written down what it did.
  private var isCalling = false
  private var late: [PeersEvent] = []

  private static let streamsMax = 3

  /// What a node's `boot`th process has for its partners, which are reached at `targets`.
  init(
    _ node: Int, boot: UInt32, _ talks: Talks, _ partners: [(node: Int, identity: Bytes32, target: Address)],
    seed: SimSeed, _ orders: Orders
  ) {
    (self.node, self.talks, self.orders) = (node, talks, orders)
    random = RandomStream(
      seed: seed.derived(.workload(Workload.talker)).derived("boot", UInt64(node) << 32 | UInt64(boot)))
    let pairs = talks.plan.pairs(of: node)
    self.partners = partners.map { partner in
      let dials = pairs.contains { $0.other(than: node) == partner.node && $0.diallers.contains(node) }
      return Partner(node: partner.node, identity: partner.identity, target: partner.target, dials: dials)
    }
    talks.begin(node, boot: boot)
  }

  // MARK: At its own pace

  /// The stage is there.
  func begin(_ stage: MessagesStage, _ turn: inout Turn) {
    stage.application = self
    woke(stage, &turn)
  }

  func woke(_ stage: MessagesStage, _ turn: inout Turn) {
    if turn.now >= nextBeat {
      nextBeat = turn.now + .ms(150 + random.below(500))
      for place in partners.indices { beat(place, stage, &turn) }
      talks.faults(stage.faults, at: node)
      if !orders.isSending() { hasSaidGoodbye = true }
    }
    stage.wakeApplication(at: nextBeat, &turn)
  }

  private func beat(_ place: Int, _ stage: MessagesStage, _ turn: inout Turn) {
    let isSending = orders.isSending()
    let identity = partners[place].identity
    let isKnown = stage.peers.contains(identity)
    if isSending, partners[place].dials, !isKnown, partners[place].dial == nil {
      partners[place].dial = stage.connect(to: partners[place].target, peer: identity, &turn)
    }
    for stream in partners[place].streams {
      let some = random.below(3) == 0 ? 1 + Int(random.below(16)) : 0
      take(stream.id, place, most: isSending ? some : .max, stage, &turn)
    }
    if !isSending { return sayGoodbye(place, stage, &turn) }
    guard isKnown else { return }
    let own = partners[place].streams.count(where: \.id.isOwn)
    let opens = own == 0 || own < Self.streamsMax && random.below(4) == 0
    if opens, let id = stage.open(to: identity, &turn) { add(id, place) }
    for stream in partners[place].streams { speak(on: stream, place, stage, &turn) }
    if random.below(300) == 0 {
      orders.note("talk ends all with mix-\(partners[place].node + 1)")
      stage.disconnect(identity, &turn)
    }
  }

  private func add(_ id: StreamID, _ place: Int) {
    let half = talks.open(from: node, to: partners[place].node, id)
    orders.note("talk \(half.serial) is \(id) to mix-\(partners[place].node + 1)")
    partners[place].streams.append(Stream(id: id, out: half, isSlow: random.below(3) == 0))
  }

  private func speak(on stream: Stream, _ place: Int, _ stage: MessagesStage, _ turn: inout Turn) {
    let (half, identity) = (stream.out, partners[place].identity)
    guard half.sender == .open else { return }
    if half.finishedAt != nil {
      // What is still to be read of it stays for the other side.
      if random.below(30) == 0 { reset(stream, place, stage, &turn) }
      return
    }
    let count = random.below(40) == 0 ? 30 : random.below(3) == 0 ? random.below(5) : 0
    for _ in 0..<count {
      let message = TalkMessage(half: half.serial, .reliable, half.sent)
      guard send(message, on: stream.id, identity, stage, &turn) else { break }
    }
    for _ in 0..<(random.below(12) == 0 ? 1 + random.below(8) : 0) {
      _ = send(TalkMessage(half: half.serial, .lossy, half.lossy.count), on: stream.id, identity, stage, &turn)
    }
    if random.below(12) == 0 {
      _ = send(TalkMessage(half: half.serial, .control, half.control.count), on: stream.id, identity, stage, &turn)
    }
    switch random.below(60) {
    case 0..<3: finish(stream, identity, stage, &turn)
    case 3: reset(stream, place, stage, &turn)
    default: break
    }
  }

  private func send(
    _ message: TalkMessage, on id: StreamID, _ identity: Bytes32, _ stage: MessagesStage, _ turn: inout Turn
  ) -> Bool {
    isCalling = true
    let result = stage.send(message.bytes, message.sendClass, on: id, of: identity, &turn)
    if result == .queued { talks.sent(message) }
    hear(stage, &turn)
    return result == .queued
  }

  private func finish(_ stream: Stream, _ identity: Bytes32, _ stage: MessagesStage, _ turn: inout Turn) {
    guard stream.out.finishedAt == nil else { return }
    stream.out.finishedAt = stream.out.sent
    stage.finish(stream.id, of: identity, &turn)
  }

  private func reset(_ stream: Stream, _ place: Int, _ stage: MessagesStage, _ turn: inout Turn) {
    orders.note("talk \(stream.out.serial) is given up")
    isCalling = true
    let left = stage.reset(stream.id, of: partners[place].identity, &turn)
    hear(stage, &turn)
    // It may have been over before.
    guard let i = partners[place].streams.firstIndex(where: { $0.id == stream.id }) else { return }
    let given = partners[place].streams.remove(at: i)
    talks.told(given.out, left)
    talks.over(given.into, at: node, from: partners[place].node, given.id, isClosed: false)
  }

  /// What it does once it shall not send any more: half of the streams end in good order, and nobody new is called.
  private func sayGoodbye(_ place: Int, _ stage: MessagesStage, _ turn: inout Turn) {
    if let dial = partners[place].dial {
      stage.cancel(dial: dial, &turn)
      partners[place].dial = nil
    }
    // Where bits were flipped, a conversation may never find to an end of its own.
    if talks.isDamaged(node, partners[place].node), stage.peers.contains(partners[place].identity) {
      stage.disconnect(partners[place].identity, &turn)
    }
    guard !hasSaidGoodbye else { return }
    for stream in partners[place].streams where random.below(2) == 0 {
      finish(stream, partners[place].identity, stage, &turn)
    }
  }

  // MARK: What happens

  func happened(_ event: PeersEvent, _ stage: MessagesStage, _ turn: inout Turn) {
    if isCalling { late.append(event) } else { hear(event, stage, &turn) }
  }

  /// A call of the stage is over: what has happened in it.
  private func hear(_ stage: MessagesStage, _ turn: inout Turn) {
    isCalling = false
    while !late.isEmpty, !isCalling { hear(late.removeFirst(), stage, &turn) }
  }

  private func hear(_ event: PeersEvent, _ stage: MessagesStage, _ turn: inout Turn) {
    switch event {
    case .reached(let dial, _), .failed(let dial, _):
      for place in partners.indices where partners[place].dial == dial { partners[place].dial = nil }
    case .connected, .disconnected: break
    case .stream(let identity, let what):
      guard let place = partners.firstIndex(where: { $0.identity == identity }) else {
        // Its name was flipped on its way here.
        if case .opened(let id) = what { _ = stage.reset(id, of: identity, &turn) }
        return
      }
      happened(what, place, stage, &turn)
    case .lost(let identity, let loss, let streams):
      guard let place = partners.firstIndex(where: { $0.identity == identity }) else { return }
      lost(place, loss, streams)
    }
  }

  private func happened(_ event: ConversationEvent, _ place: Int, _ stage: MessagesStage, _ turn: inout Turn) {
    func stream(_ id: StreamID) -> Stream? { partners[place].streams.first { $0.id == id } }
    switch event {
    case .opened(let id): add(id, place)
    case .readable(let id): if let stream = stream(id), !stream.isSlow { take(id, place, most: .max, stage, &turn) }
    case .confirmed(let id, let before): if let stream = stream(id) { talks.confirmed(stream.out, before: before) }
    case .writable, .finished, .ended: break
    case .closed(let id):
      guard let stream = remove(id, place) else { return }
      talks.closed(stream.out)
      talks.over(stream.into, at: node, from: partners[place].node, id, isClosed: true)
    case .gone(let id, let left):
      guard let stream = remove(id, place) else { return }
      talks.told(stream.out, left)
      talks.over(stream.into, at: node, from: partners[place].node, id, isClosed: false)
    }
  }

  private func remove(_ id: StreamID, _ place: Int) -> Stream? {
    guard let i = partners[place].streams.firstIndex(where: { $0.id == id }) else { return nil }
    return partners[place].streams.remove(at: i)
  }

  private func lost(_ place: Int, _ loss: PeerLoss, _ streams: [LostStream]) {
    let other = partners[place].node
    orders.note("talk with mix-\(other + 1) is over: \(loss)")
    if loss != .closed { talks.over(isRestart: loss == .restarted) }
    for lost in streams {
      guard let stream = remove(lost.id, place) else { continue }
      talks.told(stream.out, lost.unconfirmed)
      var into = stream.into
      for message in lost.unread { into = talks.took(message, by: node, from: other, on: lost.id) ?? into }
      if let into { talks.lost(into) }
      talks.over(into, at: node, from: other, lost.id, isClosed: false)
    }
    for stream in partners[place].streams {
      talks.untold(stream.out)
      talks.over(stream.into, at: node, from: other, stream.id, isClosed: false)
    }
    partners[place].streams = []
  }

  private func take(_ id: StreamID, _ place: Int, most: Int, _ stage: MessagesStage, _ turn: inout Turn) {
    for _ in 0..<most {
      isCalling = true
      let message = stage.take(from: id, of: partners[place].identity, &turn)
      let half = message.flatMap { talks.took($0, by: node, from: partners[place].node, on: id) }
      if let half, let i = partners[place].streams.firstIndex(where: { $0.id == id }) {
        partners[place].streams[i].into = half
      }
      hear(stage, &turn)
      if message == nil { return }
    }
  }
}
