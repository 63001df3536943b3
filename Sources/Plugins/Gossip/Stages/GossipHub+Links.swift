import MixHost
import MixNet

// What the hub does with links.
extension GossipHub {
  static let framesAtOnce = 64
  private static let bytesAtOnce = 256 << 10
  /// Frames that came before a link went down may still be on their way through the chain.
  private static let farewell = Nanos.ms(5)

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    guard !change.isClient else { return }
    if change.isUp {
      let number = lines.add(change.link)
      if let dial = lines.takeDial(of: change.link) {
        act(&turn, .dialled(dial, number)) { $0.dialled(dial, link: number, now: $1, &$2) }
      } else {
        act(&turn, .linkCame(number)) { $0.linkCame(number, now: $1, &$2) }
      }
    } else if let dial = lines.takeDial(of: change.link) {
      act(&turn, .dialFailed(dial)) { $0.dialFailed(dial, now: $1, &$2) }
    } else if let line = lines[change.link] {
      lines.goes(line.number, isBroken: change.reason != .local, at: turn.now + Self.farewell)
      turn.wake(at: turn.now + Self.farewell)
    }
  }

  /// Tells the core of links that went down, once what came over them has been read.
  func tellGone(_ turn: inout Turn) {
    while let gone = lines.takeLeaving(turn.now) {
      _ = lines.remove(gone.number)
      // Whoever closed it in good order may have gone as well: to ask costs little.
      act(&turn, .linkWent(gone.number, isBroken: gone.isBroken)) {
        $0.linkWent(gone.number, isBroken: gone.isBroken, now: $1, &$2)
      }
    }
  }

  /// Gives a link its next frames, as far as it has sent those before.
  func pump(_ number: LinkNumber, _ list: inout [GossipEffect], _ turn: inout Turn) {
    guard let line = lines[number] else { return }
    notePumped()
    while line.frames < framesMax, line.bytes < Self.bytesAtOnce {
      let next = line.kept ?? nextFrame(on: number, &list, turn.now)
      line.kept = nil
      guard let frame = next else { break }
      // It may have waited so long that its message has gone; and what is too large for the chain's links never goes.
      guard core.isThere(frame), frame.size <= turn.frameMax else {
        tape?.note(.withheld(on: number))
        continue
      }
      guard var out = turn.frame(on: line.id, length: frame.size) else {
        line.kept = frame
        turn.wake(at: turn.now + .ms(5))
        break
      }
      core.write(frame, into: &out)
      if let tape { tape.note(.frame(out.span.copied, on: number)) }
      line.frames += 1
      line.bytes += frame.size
    }
    if line.frames > 0, !line.isWatched {
      line.isWatched = true
      turn.notify(whenDrained: line.id)
    }
  }

  private func nextFrame(on number: LinkNumber, _ list: inout [GossipEffect], _ now: Instant) -> OutgoingFrame? {
    if let tape { tape.note(.call(.nextFrame(number), at: now)) }
    return core.nextFrame(on: number, now: now, &list)
  }

  func drained(_ link: LinkID, _ turn: inout Turn) {
    guard let line = lines[link] else { return }
    (line.isWatched, line.frames, line.bytes) = (false, 0, 0)
    // As a rule nothing waits.
    guard line.kept != nil || core.hasMore(on: line.number) || core.hasToPublish || hasEffects else { return }
    var list: [GossipEffect] = []
    pump(line.number, &list, &turn)
    let wall = turn.wall
    act(&turn, .publishWaiting(wall)) { core, now, effects in
      effects.append(contentsOf: list)
      // There is room now for what waits to be published.
      core.publishWaiting(now, wall, &effects)
    }
  }
}
