import MixNet

/// Links that are read and written no faster than they may be.
extension LinkTable {
  /// A connection has come: its rates begin. A program of this machine is held to none.
  func beginPace(_ place: Int) {
    if case .stage = links[place].kind { return }
    links[place].pace.read = LinkRate(settings.rates.read, now: now)
    links[place].pace.write = LinkRate(settings.rates.write, now: now)
  }

  private func isPaced(_ place: Int) -> Bool {
    if case .stage = links[place].kind { return false }
    return true
  }

  // MARK: Reading

  /// True when the link may be read now; else it is left alone until it may.
  func mayRead(_ place: Int) -> Bool {
    guard isPaced(place) else { return true }
    let all = shared.readRate.ready(now)
    let ready = max(links[place].pace.read?.keeper.ready(now) ?? now, all)
    guard ready > now else { return true }
    links[place].pace.readsAgain = ready + wait(all, &links[place].pace.hasRead)
    attend(place)
    arm(place, at: links[place].pace.readsAgain)
    showLife(place)
    return false
  }

  /// Whoever has had a turn at what all links share lets those go first who wait for theirs: their timers run out before.
  private func wait(_ all: Instant, _ hadTurn: inout Bool) -> Nanos {
    defer { hadTurn = false }
    return hadTurn && all > now ? .ms(1) : .zero
  }

  /// A peer that is made to wait, or that sends more than is read, asks whether this node lives, and its question lies behind all
  /// that is not read yet. So this node says something by itself, again and again: any byte is a sign of life, and a pong without a number answers nothing.
  func showLife(_ place: Int) {
    let next = nextLife(place)
    if next <= now {
      links[place].pace.shownAt = now
      say(place, .pong, Span<UInt8>())
    }
    arm(place, at: nextLife(place))
  }

  /// When ``showLife(_:)`` next has something to do.
  func nextLife(_ place: Int) -> Instant {
    guard case .peer = links[place].kind, links[place].state == .up else { return .never }
    return links[place].pace.shownAt + .ms(250)
  }

  /// The most bytes to read at once.
  func readShare(_ place: Int) -> Int {
    guard isPaced(place) else { return .max }
    let frameMin = links[place].framing.headerSize + links[place].limits.dataMin
    return min(
      links[place].pace.read?.keeper.share(frameMin: frameMin) ?? .max, shared.readRate.share(frameMin: frameMin))
  }

  func hasRead(_ place: Int, bytes: Int, frames: Int) {
    guard isPaced(place) else { return }
    links[place].pace.hasRead = true
    links[place].pace.read?.keeper.spend(bytes: bytes, frames: frames, now)
    shared.readRate.spend(bytes: bytes, frames: frames, now)
  }

  // MARK: Writing

  /// True when the link may be written now; else it is left alone until it may.
  func mayWrite(_ place: Int) -> Bool {
    guard isPaced(place) else { return true }
    let all = shared.writeRate.ready(now)
    let ready = max(links[place].pace.write?.keeper.ready(now) ?? now, all)
    guard ready > now else { return true }
    links[place].pace.writesAgain = ready + wait(all, &links[place].pace.hasWritten)
    arm(place, at: links[place].pace.writesAgain)
    return false
  }

  /// The most bytes to write at once.
  func writeShare(_ place: Int) -> Int {
    guard isPaced(place) else { return .max }
    let frameMin = links[place].framing.headerSize + links[place].limits.dataMin
    return min(
      links[place].pace.write?.keeper.share(frameMin: frameMin) ?? .max, shared.writeRate.share(frameMin: frameMin))
  }

  func hasWritten(_ place: Int, bytes: Int, frames: Int) {
    guard isPaced(place) else { return }
    if frames > 0 { links[place].pace.hasWritten = true }
    links[place].pace.write?.keeper.spend(bytes: bytes, frames: frames, now)
    shared.writeRate.spend(bytes: bytes, frames: frames, now)
  }

  // MARK: Time

  /// Goes on with a link whose debts are paid.
  func resumePace(_ place: Int) {
    let pace = links[place].pace
    if pace.readsAgain != .zero, pace.readsAgain <= now {
      links[place].pace.readsAgain = .zero
      // The time that it was made to wait is not its own.
      links[place].keepAlive?.heard(now)
      if links[place].reading.headerCount > 0 { links[place].reading.since = now }
      attend(place)
    }
    if pace.writesAgain != .zero, pace.writesAgain <= now {
      links[place].pace.writesAgain = .zero
      flush(place)
    }
  }
}
