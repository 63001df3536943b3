import MixNet
import Synchronization

/// How links come up and go down: connecting, greeting, attaching, resting, closing.
extension LinkTable {
  // MARK: Coming up

  /// A connection that the acceptor has given to this worker.
  func adopt(_ accepted: DetachedConnection, _ ticket: UInt64, kind: Link.Kind, chain: Int) {
    let plan = sides[chain].plan
    guard !isStopping, let place = add(kind: kind, chain: chain, limits: plan.limits) else {
      shared.door.turnAway(ticket, accepted.peer)
      Probe.reachable("link.turned_away")
      return environment.network.discard(accepted)
    }
    links[place].origin = accepted.peer
    links[place].ticket = ticket
    setConnection(environment.network.adopt(accepted), at: place)
    connected(place)
  }

  /// A link that came in gives way to one that came after it, if it still is in its handshake.
  func giveWay(_ ticket: UInt64) {
    for place in 0..<capacity where links[place].ticket == ticket && links[place].state == .greeting {
      return goDown(place, .exhausted)
    }
  }

  /// Opens a link, which connects again whenever it is down unless it is for once; nil when there is no place for one.
  func open(_ opening: Effects.Opening, kind: Link.Kind, chain: Int, limits: FrameLimits) -> LinkID? {
    guard let place = add(kind: kind, chain: chain, limits: limits) else { return nil }
    links[place].target = opening.address
    links[place].expected = opening.peer
    links[place].isOnce = opening.isOnce
    trust(place)
    let id = links[place].id
    connect(place)
    return links[place].state == .free ? nil : id
  }

  private func connect(_ place: Int) {
    guard let target = links[place].target else { return }
    links[place].state = .connecting
    if case .name(let name, let port) = target { return lookUp(name, port, for: place) }
    connect(place, to: target)
  }

  /// Asks for the addresses of a link's target; the connect's time runs already.
  private func lookUp(_ name: String, _ port: UInt16, for place: Int) {
    limit(place, settings.connectTimeout)
    links[place].lookups &+= 1
    let (id, lookup, mail) = (links[place].id, links[place].lookups, shared.ports[worker])
    guard !Probe.buggify("link.lookup_crowded", oneIn: 3) else { return goDown(place, .unresolved) }
    let isTaken = environment.resolver.resolve(name, port: port) { addresses in
      mail.post { $0.links.lookedUp(addresses, lookup, for: id) }
    }
    if !isTaken { goDown(place, .unresolved) }
  }

  /// After a failure the next of the addresses is taken.
  private func lookedUp(_ addresses: [Address], _ lookup: UInt32, for id: LinkID) {
    guard let place = place(of: id), links[place].state == .connecting, links[place].connection == nil,
      links[place].lookups == lookup
    else { return }
    guard !addresses.isEmpty else { return goDown(place, .unresolved) }
    connect(place, to: addresses[(links[place].backoff?.failures ?? 0) % addresses.count])
  }

  private func connect(_ place: Int, to target: Address) {
    guard !Probe.buggify("link.connect_fails", oneIn: 5) else { return goDown(place, .unreachable) }
    do throws(NetworkError) {
      setConnection(try environment.network.connect(target), at: place)
      limit(place, settings.connectTimeout)
    } catch {
      goDown(place, error.reason)
    }
  }

  /// The connect may have ended.
  func finishConnect(_ place: Int) {
    guard let connection = links[place].connection else { return }
    switch environment.network.finishConnect(connection) {
    case .moved: connected(place)
    case .blocked: break
    case .ended: goDown(place, .reset)
    case .failed(let reason): goDown(place, reason)
    }
  }

  private func connected(_ place: Int) {
    links[place].counts.connects += 1
    links[place].writing.progress = now
    beginPace(place)
    attend(place)
    switch links[place].kind {
    case .raw, .stage: comeUp(place)
    case .peer:
      links[place].state = .greeting
      limit(place, settings.handshakeTimeout)
      say(place, .hello, hello(for: links[place].chain).bytes.span)
      if Probe.buggify("link.lost_in_greeting", oneIn: 10) { giveUp(place) }
    case .client:
      links[place].state = .greeting
      limit(place, settings.handshakeTimeout)
      var nonce = InlineArray<32, UInt8>(repeating: 0)
      var bytes = nonce.mutableSpan
      environment.entropy.fill(&bytes)
      let challenge = Challenge(node: shared.blueprint.facts.address, nonce: Bytes32(nonce.span))
      links[place].challenge = challenge
      if !Probe.planted("challenge_unsent", oneIn: 3) { say(place, .data, challenge.bytes.span) }
    }
  }

  /// The present state ends by itself after `time`.
  private func limit(_ place: Int, _ time: Nanos) {
    links[place].stateEnds = now + time
    arm(place, at: links[place].stateEnds)
  }

  private func hello(for chain: Int) -> Hello {
    let plan = sides[chain].plan
    return Hello(
      protocolTag: plan.protocolTag, limits: plan.limits, node: shared.blueprint.facts.address,
      field: sides[chain].shared.hello.withLock { $0.bytes })
  }

  /// A peer's hello has come.
  func greet(_ place: Int, helloIn slot: UInt32) {
    let effects = sides[links[place].chain].effects
    let theirs = Hello(Span(_unsafeElements: UnsafeBufferPointer(effects.memory(slot))))
    effects.letGo(slot)
    guard let theirs, let fields = HelloFields(theirs.field.span) else { return refuse(place) }
    let isOther = links[place].expected.map { $0 != theirs.node } ?? false
    if let mismatch = hello(for: links[place].chain).mismatch(with: theirs) ?? (isOther ? .node : nil) {
      warn(place, mismatch)
      return refuse(place, .mismatch)
    }
    Probe.sometimes("link.hellos_crossed", !links[place].isDialled && isCalling(theirs.node))
    links[place].peer = theirs.node
    links[place].fields = fields
    comeUp(place)
    if !links[place].isDialled { hasHeard(of: theirs.node) }
  }

  /// A link that this node opens to a peer is not up yet.
  private func isCalling(_ peer: Bytes32) -> Bool {
    (0..<capacity).contains { place in
      // Not a copy of the whole link, for each place that there is.
      let state = links[place].state
      return (state == .connecting || state == .greeting) && links[place].isDialled && links[place].expected == peer
    }
  }

  /// A client's answer to its challenge has come.
  func attach(_ place: Int, answerIn slot: UInt32) {
    let effects = sides[links[place].chain].effects
    let frame = Span<UInt8>(_unsafeElements: UnsafeBufferPointer(effects.memory(slot)))
    let address = links[place].challenge.flatMap { ClientProtocol.address(inAttach: frame, to: $0) }
    effects.letGo(slot)
    guard let address else { return refuse(place) }
    if Probe.buggify("client.turned_away", oneIn: 10) { return giveUp(place) }
    links[place].challenge = nil
    links[place].peer = address
    say(place, .data, [ClientProtocol.Kind.attached.rawValue].span)
    comeUp(place)
    clientEvents.append(.attached(chain: links[place].chain, address, links[place].id))
  }

  private func comeUp(_ place: Int) {
    links[place].state = .up
    links[place].stateEnds = .never
    if links[place].isDialled { restoreTrust(place) }
    watch(place)
    report(place, isUp: true, nil)
    markDirty(place)
    if isStopping { endReading(place) }
  }

  /// Reads nothing more from a link.
  func endReading(_ place: Int) {
    links[place].isReadingOver = true
    attend(place)
    showLife(place)
  }

  private func report(_ place: Int, isUp: Bool, _ reason: CloseReason?, isOver: Bool = false) {
    let link = links[place]
    var isClient = false
    if case .client = link.kind { isClient = true }
    let change = LinkChange(
      link: link.id, isUp: isUp, peer: link.peer, isDialled: link.isDialled, isClient: isClient, reason: reason,
      isOver: isOver, fields: isUp ? link.fields : HelloFields())
    changes.append(Change(chain: link.chain, change: change))
    guard shared.says(.debug) else { return }
    let with = (link.target ?? link.origin)?.description ?? "somebody"
    let direction = link.isDialled ? "to" : "from"
    let end = reason.map { "down: \($0.name)" } ?? "up"
    shared.log(.debug, "link \(link.id) of chain '\(sides[link.chain].plan.name)' \(direction) \(with) is \(end)")
  }

  /// A peer of the operator's own choice does not fit this node: said once, though the link is tried again and again.
  private func warn(_ place: Int, _ mismatch: Hello.Mismatch) {
    guard let target = links[place].target, links[place].counts.mismatch != mismatch else { return }
    links[place].counts.mismatch = mismatch
    let chain = sides[links[place].chain].plan.name
    shared.log(.warn, "chain '\(chain)' cannot link to \(target): \(mismatch.sentence)")
  }

  // MARK: Going down

  /// The other side has said what it may not say: it is counted, and the link is cut.
  func refuse(_ place: Int, _ reason: CloseReason = .protocolError) {
    Probe.reachable("link.refused")
    if !Probe.planted("refusal_uncounted", oneIn: 2) {
      sides[links[place].chain].effects.counters.addAside(stage: ChainCounters.linkIn, .malformed)
    }
    goDown(place, reason)
  }

  /// The other side took too long to say something: it is counted, and the link is cut.
  private func giveUp(_ place: Int) {
    sides[links[place].chain].effects.counters.addAside(stage: ChainCounters.linkIn, .expired)
    goDown(place, .timeout)
  }

  /// The connection is of no use any more. A link that was opened rests and connects again; one that was accepted, or was opened for once, is gone.
  func goDown(_ place: Int, _ cause: CloseReason) {
    guard links[place].state != .free else { return }
    let wasUp = links[place].state == .up
    // Whoever cuts a stream within a frame has cut the frame.
    let reason = cause == .reset && links[place].reading.headerCount > 0 ? .truncated : cause
    closes.add(reason)
    disconnect(place, abort: reason != .ended && reason != .local)
    links[place].counts.lastReason = reason
    let opensAgain = links[place].isDialled && !links[place].isOnce
    if !wasUp, links[place].isOnce, links[place].state != .closing {
      report(place, isUp: false, reason, isOver: true)
    }
    if wasUp {
      report(place, isUp: false, reason, isOver: !opensAgain)
      if case .client = links[place].kind {
        clientEvents.append(.detached(chain: links[place].chain, links[place].peer, links[place].id))
      }
    }
    if opensAgain, links[place].state != .closing {
      if sides[links[place].chain].plan.framesOutliveLinks {
        dropHalfWritten(place)
      } else {
        dropAll(place, .linkDown)
      }
      rest(place)
    } else {
      dropAll(place, .linkDown)
      remove(place)
    }
  }

  private func disconnect(_ place: Int, abort: Bool) {
    if let connection = links[place].connection { environment.network.close(connection, abort: abort) }
    setConnection(nil, at: place)
    if let slot = links[place].reading.slot { sides[links[place].chain].effects.letGo(slot) }
    links[place].reading = Link.Reading()
    links[place].writing.bytes.removeAll(keepingCapacity: true)
    links[place].writing.bytesSent = 0
    links[place].writing.isBlocked = false
    links[place].pace = Link.Pace()
    links[place].writing.isWatched = false
    resume(place)
  }

  private func rest(_ place: Int) {
    links[place].state = .resting
    links[place].keepAlive = nil
    limit(place, pause(afterFailureOf: place))
    if links[place].backoff?.hasGivenUp == true {
      report(place, isUp: false, links[place].counts.lastReason, isOver: true)
      return end(place)
    }
    if isLeftAlone(place) { dropAll(place, .linkDown) }
  }

  /// Closes a link for good, after what is queued has been sent. Nothing more is read from it.
  func close(_ id: LinkID, _ reason: CloseReason = .local) {
    guard let place = place(of: id), links[place].state != .closing else { return }
    links[place].counts.lastReason = reason
    // To the banned goes nothing any more.
    if reason == .banned { dropAll(place, .banned) }
    let canFlush = links[place].state == .up
    if case .peer = links[place].kind { links[place].writing.owesGoodbye = canFlush }
    if canFlush {
      report(place, isUp: false, reason, isOver: true)
      if case .client = links[place].kind {
        clientEvents.append(.detached(chain: links[place].chain, links[place].peer, id))
      }
      links[place].state = .closing
      endReading(place)
      limit(place, settings.flushMax)
      markDirty(place)
    } else {
      // Who sends on it must know that it will not come up again.
      if links[place].isDialled { report(place, isUp: false, reason, isOver: true) }
      // Of one that rests nothing is left that could end: that was counted when it went down.
      if links[place].state != .resting { closes.add(reason) }
      links[place].state = .closing
      end(place)
    }
  }

  func finishIfClosing(_ place: Int) { if links[place].state == .closing { endClosing(place) } }

  /// All is sent that was queued on a link that closes, or its time is up.
  private func endClosing(_ place: Int) {
    closes.add(links[place].counts.lastReason ?? .local)
    end(place)
  }

  private func end(_ place: Int) {
    disconnect(place, abort: false)
    dropAll(place, .linkDown)
    remove(place)
  }

  // MARK: Time

  /// Looks at the links whose timers have run out.
  func runTimers() {
    while let place = timers.expire(now) {
      if Probe.buggify("link.timer_late", oneIn: 10) { timers.set(place, at: now + .ms(3)) } else { look(Int(place)) }
    }
  }

  /// Does what is due with a link, and sets its timer to when it must be looked at again.
  private func look(_ place: Int) {
    guard links[place].state != .free else { return }
    if links[place].stateEnds <= now { endState(place) } else { lookAtAll(of: place) }
    if links[place].state != .free { rearm(place) }
  }

  private func lookAtAll(of place: Int) {
    let id = links[place].id
    resumePace(place)
    guard links[place].id == id, links[place].state != .free else { return }
    let timeout = settings.frameTimeout
    if links[place].reading.headerCount > 0, !isHeldBack(place), links[place].reading.since + timeout <= now {
      Probe.reachable("link.frame_expired")
      return giveUp(place)
    }
    if links[place].writing.isBlocked {
      let isStalled = links[place].writing.progress + settings.stallTimeout <= now
      Probe.sometimes("link.stalled", isStalled)
      if isStalled { return goDown(place, .stalled) }
    }
    if isHeldBack(place) { showLife(place) } else if !lookAfter(place) { return }
    dropOld(place)
  }

  /// Sets a link's timer to the earliest of its times. Where one of them has become later, the timer is left as it is, and
  /// so a look finds nothing to do: that is cheaper than setting it with each packet.
  func rearm(_ place: Int) {
    let link = links + place
    var next = link.pointee.stateEnds
    if link.pointee.writing.isBlocked { next = min(next, link.pointee.writing.progress + settings.stallTimeout) }
    if link.pointee.pace.writesAgain != .zero { next = min(next, link.pointee.pace.writesAgain) }
    if link.pointee.pace.readsAgain != .zero { next = min(next, link.pointee.pace.readsAgain) }
    if isHeldBack(place) {
      next = min(next, nextLife(place))
    } else {
      if link.pointee.reading.headerCount > 0 { next = min(next, link.pointee.reading.since + settings.frameTimeout) }
      next = min(next, nextCare(place))
    }
    next = min(next, nextTooOld(place))
    if next == .never { timers.cancel(UInt32(place)) } else { timers.set(UInt32(place), at: next) }
  }

  /// True while it is this node that does not read: it cannot know whether the other side lives.
  private func isHeldBack(_ place: Int) -> Bool {
    links[place].isPaused || links[place].isReadingOver || links[place].pace.readsAgain != .zero
  }

  private func endState(_ place: Int) {
    links[place].stateEnds = .never
    switch links[place].state {
    case .connecting:
      Probe.reachable("link.connect_expired")
      goDown(place, .timeout)
    case .greeting:
      Probe.reachable("link.handshake_expired")
      giveUp(place)
    case .resting:
      dropOld(place)
      // After an opening this is the probe.
      _ = links[place].breaker?.mayCall(now)
      if !Probe.planted("link_not_reopened", oneIn: 4) { connect(place) }
    case .closing: endClosing(place)
    case .free, .up: Probe.unreachable("link.end_of_endless_state")
    }
  }
}
