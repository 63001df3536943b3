package import MixHost
package import MixNet

/// Carries conversations over the links of its chain: every frame of them is a packet, and none goes further.
///
/// All of it is on one worker, and the protocol is in `Conversation` and `PeerRegistry`; here is what joins them to links.
/// A link is given a few frames at a time and the next ones when those have left, so the conversation decides late whose turn
/// it is, and a peer that does not read holds up nobody else.
package final class MessagesStage: DecodeStage {
  /// A link of the chain, under the number that the registry and the conversations know it by.
  struct Line {
    let id: LinkID
    /// Where it was opened to, if it was.
    let target: Address?
    /// Who is at the other end, once that is known.
    var identity: Bytes32?
    var isUp = false
    /// The node does not open it again.
    var isOver = false
    /// What the link was given and has not sent yet, as far as is known.
    var frames = 0
    var bytes = 0
    var isWatched = false
    /// A frame for which there was no slot.
    var kept: PeerFrame?
  }

  /// What a link is given at once; frames not more than may wait for it.
  private static let framesMax = 32
  private let framesAtOnce: Int
  private static let bytesAtOnce = 64 << 10
  /// Frames that came before a link went down may still wait to be decoded.
  static let farewell = Nanos.ms(5)

  let settings: ConversationSettings
  var registry: PeerRegistry
  private var random: RandomStream
  var lines: [UInt64: Line] = [:]
  var numbers: [LinkID: UInt64] = [:]
  var lastNumber: UInt64 = 0
  /// Links that went down, and when the conversations are told.
  var leaving: [(number: UInt64, at: Instant)] = []
  /// Peers about whom there is something to send.
  private var touched: [Bytes32] = []
  private var events: [PeersEvent] = []
  private var isSettling = false
  private var applicationWake = Instant.never
  /// How often peers broke the rules, by the place of each fault among all of them.
  package private(set) var faults = [Int](repeating: 0, count: ConversationFault.allCases.count)
  /// What uses the stage; without one, what others open is refused.
  package var application: (any MessagesApplication)?

  init(_ config: MessagesConfig, _ builder: inout StageBuilder) {
    settings = Self.tried(config.conversation)
    framesAtOnce = min(Self.framesMax, ChainPlan.queueDepth(builder.plan.maxQueueDepth))
    registry = PeerRegistry(own: builder.node.address, config.registry)
    registry.network = Self.members(builder.node.directory)
    random = builder.random()
  }

  /// Narrow bounds, in some simulations.
  private static func tried(_ usual: ConversationSettings) -> ConversationSettings {
    var settings = usual
    let least = ConversationSettings.leastWindow(messageMax: usual.messageMax)
    let most = max(least, min(2 * least, Int(usual.window)))
    settings.window = UInt32(Probe.knob("messages.window", default: Int(usual.window), in: least...most))
    settings.send.count = Probe.knob("messages.send_messages", default: usual.send.count, in: 1...3)
    settings.loose.count = Probe.knob("messages.loose_messages", default: usual.loose.count, in: 1...2)
    settings.patience = Probe.knob("messages.patience_ms", default: usual.patience, ms: 50...300)
    return settings
  }

  private static func members(_ directory: NetworkDirectory) -> Set<Bytes32> { Set(directory.nodes.map(\.address)) }

  package func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) {
    registry.network = Self.members(directory)
  }

  func conversation() -> Conversation { Conversation(own: random.next(), settings) }

  // MARK: What comes

  package func decode(
    _ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      if let frame = PeerFrame(batch.bytes(i)) {
        verdicts.consume(i)
        received(frame, on: batch.link(i), &turn)
      } else {
        verdicts.drop(i, .malformed)
        if let number = numbers[batch.link(i)] { cut(number, .malformed, &turn) }
      }
    }
    settle(&turn)
  }

  private func received(_ frame: PeerFrame, on link: LinkID, _ turn: inout Turn) {
    guard let number = numbers[link], let identity = lines[number]?.identity,
      let place = registry.place(of: identity)
    else { return }
    let wasConnected = registry.peers[place].conversation.isConnected
    let now = turn.now
    let outcome = registry.withConversation(place) { $0.receive(frame, on: number, now: now) }
    touch(identity)
    switch outcome {
    case .taken: break
    case .fault(let fault): return cut(number, fault, &turn)
    case .restarted(let greeting): beginAnew(place, greeting, number, &turn)
    }
    if !wasConnected || outcome != .taken { tellConnected(identity) }
  }

  private func tellConnected(_ identity: Bytes32) {
    guard let place = registry.place(of: identity), registry.peers[place].conversation.isConnected else { return }
    tell(.connected(identity))
  }

  /// The other side has lost its memory: what it may not have got is told, and both begin again.
  private func beginAnew(_ place: Int, _ greeting: PeerGreeting, _ number: UInt64, _ turn: inout Turn) {
    let identity = registry.peers[place].identity
    // What has happened on its streams is told while they are there: those of the next conversation have the same names.
    tellNews(&turn)
    guard let place = registry.place(of: identity), lines[number] != nil else { return }
    tell(.lost(identity, .restarted, endStreams(place)))
    var fresh = Conversation(own: random.next(), resuming: greeting, settings)
    fresh.join(number, now: turn.now)
    fresh.resume(on: number)
    for other in registry.replace(place, with: fresh, keeping: number) { close(other, .replaced, &turn) }
  }

  /// Gives up all streams with a peer. The other side is told.
  private func endStreams(_ place: Int) -> [LostStream] {
    registry.withConversation(place) { conversation in
      conversation.streams.map { id in
        let isGivenUp = conversation.isGivenUp(id)
        let unread = conversation.takeAll(from: id)
        return LostStream(id: id, unconfirmed: conversation.reset(id), unread: unread, isGivenUp: isGivenUp)
      }
    }
  }

  /// The other side breaks the rules.
  func cut(_ number: UInt64, _ fault: ConversationFault, _ turn: inout Turn) {
    faults[Int(fault.rawValue)] += 1
    close(number, .protocolError, &turn)
  }

  // MARK: What goes

  /// Remembers that there may be something to tell about a peer, and to send to it.
  func touch(_ identity: Bytes32) { if !touched.contains(identity) { touched.append(identity) } }

  func tell(_ event: PeersEvent) { events.append(event) }

  private func gatherNews(_ identity: Bytes32, _ place: Int) {
    for event in registry.withConversation(place, { $0.takeEvents() }) { events.append(.stream(identity, event)) }
  }

  /// Tells the application what has happened, and sends what follows from all of it. Called at the end of each call from
  /// outside; a call from within, by the application, is part of it.
  func settle(_ turn: inout Turn) {
    guard !isSettling else { return }
    tellNews(&turn)
    isSettling = true
    defer { isSettling = false }
    let identities = touched
    touched = []
    for identity in identities {
      guard let place = registry.place(of: identity) else { continue }
      for link in registry.peers[place].links where link.isUp { pump(link.number, place, &turn) }
      let next = registry.peers[place].conversation.next
      if next != .never { turn.wake(at: next) }
    }
  }

  /// Tells the application what has happened, and what comes of that, until there is nothing left to tell.
  private func tellNews(_ turn: inout Turn) {
    isSettling = true
    defer { isSettling = false }
    while true {
      for identity in touched { if let place = registry.place(of: identity) { gatherNews(identity, place) } }
      guard !events.isEmpty else { break }
      let now = events
      events = []
      for event in now { deliver(event, &turn) }
    }
  }

  private func deliver(_ event: PeersEvent, _ turn: inout Turn) {
    if let application { return application.happened(event, self, &turn) }
    guard case .stream(let identity, .opened(let id)) = event else { return }
    _ = reset(id, of: identity, &turn)
  }

  /// Gives a link its next frames, as far as it has sent those before.
  private func pump(_ number: UInt64, _ place: Int, _ turn: inout Turn) {
    guard var line = lines[number], line.isUp else { return }
    let others = given(place, but: number)
    // Two for each link that there should be: one that is dead, and not found so yet, does not hold up the one that follows it.
    let links = 2 * registry.settings.linksPerPeer
    while line.frames < framesAtOnce, line.bytes < Self.bytesAtOnce,
      line.frames == 0
        || (others.frames + line.frames < links * framesAtOnce && others.bytes + line.bytes < links * Self.bytesAtOnce)
    {
      let next = line.kept ?? registry.withConversation(place) { $0.nextFrame(on: number) }
      line.kept = nil
      guard let frame = next else { break }
      // As if the link had lost it. Without a greeting it would be cut.
      if frame.isAfterGreeting, Probe.buggify("messages.frame_lost", oneIn: 40) { continue }
      guard var bytes = turn.frame(on: line.id, length: frame.size) else {
        Probe.reachable("messages.no_slot")
        line.kept = frame
        turn.wake(at: turn.now + .ms(10))
        break
      }
      frame.write(to: &bytes)
      line.frames += 1
      line.bytes += frame.size
    }
    if line.frames > 0, !line.isWatched {
      line.isWatched = true
      turn.notify(whenDrained: line.id)
    }
    lines[number] = line
  }

  /// What the other links of a peer hold: it has opened as many as it likes.
  private func given(_ place: Int, but number: UInt64) -> (frames: Int, bytes: Int) {
    registry.peers[place].links.reduce(into: (0, 0)) { sum, link in
      guard link.number != number, let line = lines[link.number] else { return }
      sum.0 += line.frames
      sum.1 += line.bytes
    }
  }

  package func drained(_ link: LinkID, _ turn: inout Turn) {
    guard let number = numbers[link], let identity = lines[number]?.identity else { return }
    lines[number]?.isWatched = false
    lines[number]?.frames = 0
    lines[number]?.bytes = 0
    touch(identity)
    if Probe.buggify("messages.link_closed", oneIn: 200) { close(number, .local, &turn) }
    settle(&turn)
  }

  // MARK: Time

  package func woke(_ turn: inout Turn) {
    let now = turn.now
    while let first = leaving.first, first.at <= now {
      leaving.removeFirst()
      left(first.number, &turn)
    }
    for action in registry.actions(now) {
      switch action {
      case .dial(let identity, let target): dial(identity, target, &turn)
      case .forget(let identity): forget(identity, .forgotten, &turn)
      }
    }
    for peer in registry.peers {
      let stale = peer.conversation.next <= now ? step(peer.identity, now) : []
      for number in stale { close(number, .timeout, &turn) }
      if peer.links.contains(where: { lines[$0.number]?.kept != nil }) { touch(peer.identity) }
    }
    if applicationWake <= now {
      applicationWake = .never
      application?.woke(self, &turn)
    }
    settle(&turn)
    arm(&turn)
  }

  private func step(_ identity: Bytes32, _ now: Instant) -> [UInt64] {
    guard let place = registry.place(of: identity) else { return [] }
    touch(identity)
    return registry.withConversation(place) { $0.step(now) }
  }

  /// Asks for the next call.
  func arm(_ turn: inout Turn) {
    let next = min(registry.next, min(applicationWake, leaving.first?.at ?? .never))
    if next != .never { turn.wake(at: next) }
  }

  /// The application wants to be called at `time`, or before.
  package func wakeApplication(at time: Instant, _ turn: inout Turn) {
    applicationWake = min(applicationWake, time)
    turn.wake(at: applicationWake)
  }

  package func status() -> [StatusField] {
    [
      StatusField("peers", .int(registry.peers.count)),
      StatusField("links", .int(lines.values.count(where: \.isUp))),
      StatusField("streams", .int(registry.peers.reduce(0) { $0 + $1.conversation.streams.count })),
      StatusField("unconfirmed", .int(registry.peers.reduce(0) { $0 + $1.conversation.unconfirmed })),
      StatusField("faults", .int(faults.reduce(0, +))),
    ]
  }

  /// Ends a conversation, and everything that is known of the peer; links are closed for `reason`.
  func forget(_ identity: Bytes32, _ loss: PeerLoss, reason: CloseReason = .local, _ turn: inout Turn) {
    guard let place = registry.place(of: identity) else { return }
    Probe.sometimes("messages.forgotten", loss == .forgotten)
    gatherNews(identity, place)
    let links = registry.peers[place].links.map(\.number)
    let lost = endStreams(place)
    // The other side is told before the links close, as far as they take it.
    for number in links { pump(number, place, &turn) }
    registry.letGo(identity)
    for number in links { close(number, reason, &turn) }
    registry.remove(identity)
    tell(.lost(identity, loss, lost))
  }
}
