import MixNet

/// How long a link that is down is left alone, and how one that is up is watched.
extension LinkTable {
  // MARK: Links that this node opened

  /// Begins to keep count of a peer that the node has opened a link to. Local programs are never left alone for long: there is
  /// no network between that could be spared.
  func trust(_ place: Int) {
    var pauses = settings.backoff
    if case .stage = links[place].kind { pauses.triesMax = nil }
    links[place].backoff = Backoff(pauses)
    guard let peer = trusted(place) else { return }
    shared.peers.add(peer)
    if settings.breaker.failures > 0 { links[place].breaker = Breaker(settings.breaker) }
  }

  /// Begins to keep count anew, under other settings. What was left alone until later is tried now.
  func trustAnew(_ place: Int) {
    distrust(place)
    links[place].breaker = nil
    trust(place)
    guard links[place].state == .resting else { return }
    links[place].stateEnds = min(links[place].stateEnds, now)
    arm(place, at: now)
  }

  /// Whom a link was opened to, if it is kept count of.
  private func trusted(_ place: Int) -> PeerTrust.Peer? {
    if case .stage = links[place].kind { return nil }
    return links[place].expected.map { .node($0) } ?? links[place].target.map { .place($0) }
  }

  /// Ends the count of a link's peer.
  private func distrust(_ place: Int) {
    if let peer = trusted(place) { shared.peers.remove(peer, isLeftAlone: links[place].breaker?.isOpen == true) }
  }

  /// The link has failed or ended: when to open it again.
  func pause(afterFailureOf place: Int) -> Nanos {
    let lived = links[place].upSince == .never ? Nanos.zero : now - links[place].upSince
    links[place].upSince = .never
    var pause = links[place].backoff?.failed(after: lived, &random) ?? settings.backoff.least
    if Probe.planted("chance_from_outside") { pause = pause + .ms(Probe.outside % 64) }
    // One that had settled has not failed, it has ended.
    guard lived < settings.backoff.settled else {
      links[place].breaker?.succeeded()
      return pause
    }
    guard var breaker = links[place].breaker, let peer = trusted(place) else { return pause }
    // The place among those left alone is taken first, so that two workers do not both take the last one.
    let mayOpen = breaker.isOpen || shared.peers.leaveAlone(peer)
    breaker.failed(now, mayOpen: mayOpen, &random)
    if mayOpen, !breaker.isOpen { shared.peers.callAgain(peer) }
    links[place].breaker = breaker
    guard case .open(let until) = breaker.state else { return pause }
    return max(pause, until - now)
  }

  /// True while the link's peer is left alone: what is for it is not even queued.
  func isLeftAlone(_ place: Int) -> Bool {
    guard case .open = links[place].breaker?.state else { return false }
    return true
  }

  /// The link is up.
  func restoreTrust(_ place: Int) {
    links[place].upSince = now
    guard links[place].breaker?.isOpen == true else { return }
    if let peer = trusted(place) { shared.peers.callAgain(peer) }
    links[place].breaker?.succeeded()
  }

  /// A peer that has just said hello can be reached: links to it that wait are opened at once.
  func hasHeard(of peer: Bytes32) {
    for place in 0..<capacity where links[place].state == .resting && links[place].expected == peer {
      if links[place].stateEnds > now { arm(place, at: now) }
      links[place].stateEnds = min(links[place].stateEnds, now)
    }
  }

  /// The link's place is freed.
  func forget(_ place: Int) {
    distrust(place)
    if links[place].isAdmitted, let origin = links[place].origin {
      shared.door.leave(links[place].ticket, origin)
    }
  }

  // MARK: Links that are up

  /// Begins to watch a link that has come up.
  func watch(_ place: Int) {
    links[place].used = now
    if links[place].isAdmitted, !links[place].isGreeted {
      links[place].isGreeted = true
      shared.door.greeted(links[place].ticket)
    }
    if case .peer = links[place].kind {
      links[place].keepAlive = KeepAlive(settings.keepAlive, asksFirst: links[place].isDialled, now: now)
    }
    arm(place, at: nextCare(place))
  }

  /// When ``lookAfter(_:)`` next has something to do.
  func nextCare(_ place: Int) -> Instant {
    let idle = closesWhenIdle(place) ? links[place].used + settings.idleTimeout : .never
    guard links[place].state == .up else { return idle }
    guard let next = links[place].keepAlive?.next else { return idle }
    return min(idle, Probe.planted("timer_restless") ? now + .ms(1) : next)
  }

  private func closesWhenIdle(_ place: Int) -> Bool {
    guard case .raw = links[place].kind else { return false }
    return links[place].isAdmitted && settings.idleTimeout > .zero
  }

  /// Looks at a watched link; false when it has gone down.
  func lookAfter(_ place: Int) -> Bool {
    if closesWhenIdle(place), links[place].used + settings.idleTimeout <= now {
      goDown(place, .idle)
      return false
    }
    guard links[place].state == .up else { return true }
    switch links[place].keepAlive?.step(now) {
    case .rest, nil: return true
    case .ping(let number):
      var body = InlineArray<8, UInt8>(repeating: 0)
      var bytes = body.mutableSpan
      bytes.put(bigEndian: number, at: 0)
      say(place, .ping, body.span)
      links[place].question = Link.Question(arrived: arrived(place))
      return true
    case .dead:
      guard isQuestionUnderWay(place) else {
        goDown(place, .timeout)
        return false
      }
      links[place].keepAlive?.waitAnew(now)
      return true
    }
  }

  /// Of all bytes that were written on a link, how many the other side's system has, as far as is known.
  private func arrived(_ place: Int) -> UInt64 {
    let missing = links[place].connection.flatMap { environment.network.unacknowledged($0) } ?? 0
    return links[place].counts.bytesOut - min(links[place].counts.bytesOut, UInt64(max(0, missing)))
  }

  /// True when no answer can be expected yet, though time is up: this node itself holds the question back, or it lies behind
  /// packets that a slow path takes one after the other. Once it has come there, its answer is waited for once more.
  private func isQuestionUnderWay(_ place: Int) -> Bool {
    if links[place].pace.writesAgain != .zero, !links[place].writing.bytes.isEmpty { return true }
    let question = links[place].question
    let arrived = arrived(place)
    let isThere = links[place].writing.bytes.isEmpty && arrived >= links[place].writing.ownEnd
    links[place].question.arrived = arrived
    links[place].question.isThere = isThere
    let isUnderWay = isThere ? question.wasUnderWay && !question.isThere : arrived > question.arrived
    if isUnderWay { links[place].question.wasUnderWay = true }
    Probe.sometimes("keepalive.question_under_way", isUnderWay)
    return isUnderWay
  }

  /// A pong has come; one of another size answers nothing that this node asked.
  func answered(_ place: Int, _ body: Span<UInt8>) {
    guard body.count == 8 else { return }
    links[place].keepAlive?.answered(body.bigEndian(at: 0), now)
  }
}
