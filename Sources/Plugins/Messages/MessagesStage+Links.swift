package import MixHost
package import MixNet

/// Links: opened, come, gone.
extension MessagesStage {
  package func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    if change.isUp { cameUp(change, &turn) } else { wentDown(change, &turn) }
    settle(&turn)
    arm(&turn)
  }

  private func cameUp(_ change: LinkChange, _ turn: inout Turn) {
    guard !change.isClient else { return turn.close(change.link, reason: .protocolError) }
    let number = numbers[change.link] ?? add(change.link, target: nil)
    // It may have come back before its end was told.
    if let i = leaving.firstIndex(where: { $0.number == number }) {
      leaving.remove(at: i)
      left(number, &turn)
    }
    // Another node may answer there now.
    if let old = lines[number]?.identity, old != change.peer {
      registry.went(number, of: old, isGone: true, now: turn.now)
    }
    lines[number]?.identity = change.peer
    lines[number]?.isUp = true
    lines[number]?.isOver = false
    let target = lines[number]?.target
    if case .instead(let other) = registry.room(for: change.peer, isDialled: target != nil, now: turn.now) {
      forget(other, .displaced, reason: .exhausted, &turn)
    }
    switch registry.came(number, to: change.peer, openedTo: target, now: turn.now, conversation()) {
    case .refused(let reason):
      if target != nil { tell(.failed(dial: number, reason)) }
      close(number, reason, &turn)
    case .joined(let surplus):
      if target != nil { tell(.reached(dial: number, change.peer)) }
      for other in surplus { close(other, .replaced, &turn) }
      touch(change.peer)
    }
  }

  private func wentDown(_ change: LinkChange, _ turn: inout Turn) {
    // One that this stage has closed is forgotten already.
    guard let number = numbers[change.link], let line = lines[number] else { return }
    lines[number]?.isOver = change.isOver
    guard line.isUp else {
      if change.isOver { gaveUp(number, change.reason ?? .timeout, &turn) }
      return
    }
    lines[number]?.isUp = false
    lines[number]?.frames = 0
    lines[number]?.bytes = 0
    lines[number]?.isWatched = false
    lines[number]?.kept = nil
    leaving.append((number, turn.now + Self.farewell))
  }

  /// The node has tried often enough to open a link.
  private func gaveUp(_ number: UInt64, _ reason: CloseReason, _ turn: inout Turn) {
    guard let line = lines[number] else { return }
    // What it said before it went down for the last time may still wait.
    if leaving.contains(where: { $0.number == number }) { return }
    drop(number)
    guard let identity = line.identity else { return tell(.failed(dial: number, reason)) }
    registry.went(number, of: identity, isGone: true, now: turn.now)
  }

  /// What came on a link before it went down has been read.
  func left(_ number: UInt64, _ turn: inout Turn) {
    guard let line = lines[number], let identity = line.identity else { return }
    let isGone = line.target == nil || line.isOver
    registry.went(number, of: identity, isGone: isGone, now: turn.now)
    if isGone { drop(number) }
    tellDisconnected(identity)
    touch(identity)
  }

  private func tellDisconnected(_ identity: Bytes32) {
    guard let place = registry.place(of: identity), !registry.peers[place].isLinked else { return }
    tell(.disconnected(identity))
  }

  private func add(_ link: LinkID, target: Address?) -> UInt64 {
    lastNumber += 1
    lines[lastNumber] = Line(id: link, target: target)
    numbers[link] = lastNumber
    return lastNumber
  }

  private func drop(_ number: UInt64) {
    if let line = lines.removeValue(forKey: number) { numbers[line.id] = nil }
    leaving.removeAll { $0.number == number }
  }

  /// Closes a link for good.
  func close(_ number: UInt64, _ reason: CloseReason, _ turn: inout Turn) {
    guard let line = lines[number] else { return }
    drop(number)
    turn.close(line.id, reason: reason)
    guard let identity = line.identity else { return }
    registry.went(number, of: identity, isGone: true, now: turn.now)
    tellDisconnected(identity)
    touch(identity)
    arm(&turn)
  }

  /// Opens one more link to a peer that is known.
  func dial(_ identity: Bytes32, _ target: Address, _ turn: inout Turn) {
    guard let link = turn.open(target, peer: identity) else {
      return registry.couldNotDial(identity, now: turn.now)
    }
    Probe.reachable("messages.opened_again")
    let number = add(link, target: target)
    lines[number]?.identity = identity
    registry.dialled(number, to: identity, at: target)
  }

  // MARK: For the application

  /// Opens a link to a node, to this one alone if `peer` is given; it is opened again whenever it breaks. The number by which
  /// events name it; nil when there are as many as may be.
  package func connect(to target: Address, peer: Bytes32? = nil, _ turn: inout Turn) -> UInt64? {
    let unknown = lines.values.count { $0.target != nil && $0.identity == nil }
    guard unknown < registry.settings.peersMax, let link = turn.open(target, peer: peer) else { return nil }
    return add(link, target: target)
  }

  /// Why a link has not found anybody so far; nil when nobody has answered at all.
  package func failure(ofDial number: UInt64, _ turn: borrowing Turn) -> CloseReason? {
    guard let link = lines[number]?.id, let reason = turn.lastFailure(of: link) else { return nil }
    return reason == .timeout ? nil : reason
  }

  /// Gives up a link that has not found anybody yet.
  package func cancel(dial number: UInt64, _ turn: inout Turn) {
    guard lines[number]?.identity == nil else { return }
    close(number, .local, &turn)
  }
}
