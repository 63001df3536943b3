import MixHost
import MixNet

@testable import Gossip

/// Where two cores part.
struct TapeDifference: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A core alone, without host, stages, links or clock, that is told what a whole node's core was told, and must want the same: each effect in its
/// place, each frame byte for byte. And the stages must have taken each message through all the steps that it goes through alone, none left out.
struct TapeReplay: ~Copyable {
  var core: GossipCore
  private var wanted: [GossipEffect] = []
  private var carried = 0
  private var frames: [LinkNumber: [OutgoingFrame]] = [:]
  private var steps = OpenSteps()
  private var now = Instant.zero
  private(set) var calls = 0
  private(set) var bytes = 0

  /// A core with what the node's was made of.
  init?(_ hub: borrowing GossipHub) {
    guard let core = hub.setup.core(seed: hub.seed) else { return nil }
    self.core = core
  }

  mutating func play(_ entry: TapeEntry) throws {
    switch entry {
    case .call(let call, let time):
      guard time >= now else { throw TapeDifference("time went back") }
      now = time
      calls += 1
      var fresh: [GossipEffect] = []
      try take(call, &fresh)
      wanted += fresh
    case .effect(let effect):
      guard carried < wanted.count else { throw TapeDifference("nothing was wanted, yet \(effect) was done") }
      guard wanted[carried].isSame(as: effect) else {
        throw TapeDifference("\(wanted[carried]) was wanted, and \(effect) was done")
      }
      carried += 1
      if carried == wanted.count { (wanted, carried) = ([], 0) }
    case .frame(let sent, let link):
      let frame = try takeFrame(link)
      var own = [UInt8](repeating: 0, count: frame.size)
      var span = own.mutableSpan
      core.write(frame, into: &span)
      guard own == sent else { throw TapeDifference("a frame on link \(link) has other bytes") }
      bytes += sent.count
    case .withheld(let link): _ = try takeFrame(link)
    }
  }

  /// Nothing may be left over.
  func end() throws {
    guard carried == wanted.count else { throw TapeDifference("\(wanted[carried]) was wanted and never done") }
    guard frames.values.allSatisfy(\.isEmpty) else { throw TapeDifference("a frame was made and never sent") }
    guard steps.count == 0 else { throw TapeDifference("\(steps.count) messages were left on their way") }
  }

  private mutating func takeFrame(_ link: LinkNumber) throws -> OutgoingFrame {
    guard let first = frames[link]?.first else { throw TapeDifference("link \(link) has no frame to send") }
    frames[link]?.removeFirst()
    return first
  }

  private mutating func take(_ call: CoreCall, _ effects: inout [GossipEffect]) throws {
    switch call {
    case .start(let epoch, let known): core.start(epoch: epoch, known: known, now: now, &effects)
    case .tick(let wall): core.tick(now: now, wall: wall, &effects)
    case .leave(let wall): core.leave(now: now, wall: wall, &effects)
    case .dialled(let number, let link): core.dialled(number, link: link, now: now, &effects)
    case .dialFailed(let number): core.dialFailed(number, now: now, &effects)
    case .linkCame(let link): core.linkCame(link, now: now, &effects)
    case .linkWent(let link, let isBroken): core.linkWent(link, isBroken: isBroken, now: now, &effects)
    case .datagram(let bytes): core.received(datagram: bytes.span, now: now, &effects)
    case .frame(let step, let bytes, let link, let wall): try take(step, bytes, link, wall, &effects)
    case .publish(let payload, let topic, let priority, let wall):
      _ = core.publish(payload, topic: topic, priority: priority, now: now, wall: wall, &effects)
    case .publishWaiting(let wall): core.publishWaiting(now, wall, &effects)
    case .nextFrame(let link):
      if let frame = core.nextFrame(on: link, now: now, &effects) { frames[link, default: []].append(frame) }
    case .ban(let node, let time): core.ban(node, for: time, now: now, &effects)
    case .judge(let node, let isWarned, let isTrusted): core.judge(node, isWarned: isWarned, isTrusted: isTrusted)
    case .subscribe(let topic): core.subscribe(topic)
    case .unsubscribe(let topic): core.unsubscribe(topic)
    case .installKey(let key): _ = core.membership.ring?.install(key)
    case .useKey(let key): _ = core.membership.ring?.use(key)
    case .removeKey(let key): _ = core.remove(key: key, now: now, &effects)
    }
  }

  /// A stage's step with a frame: the one that is next by what this core finds.
  private mutating func take(
    _ step: FrameStep, _ bytes: [UInt8], _ link: LinkNumber, _ wall: WallTime, _ effects: inout [GossipEffect]
  ) throws {
    if step == .arrive {
      if case .message = core.arrived(bytes.span, on: link, now: now, wall: wall, &effects) {
        steps.add(bytes, link, now)
      }
      return
    }
    guard steps.take(step, bytes, link, now) else { throw TapeDifference("\(step) is not the next step, or too late") }
    guard let message = core.message(bytes.span, on: link) else { throw TapeDifference("the link of \(step) is gone") }
    let goesOn =
      switch step {
      case .arrive, .pass: false
      case .look: core.look(message, now: now, wall: wall, &effects) == nil
      case .prove: core.hasProof(message, bytes.span, now: now, &effects)
      case .open: core.open(message, bytes.span, now: now, &effects) == nil && message.needsPassing
      }
    if step == .pass { core.pass(message, now: now, &effects) }
    if goesOn { steps.goOn(step, bytes, link, now) }
  }
}

/// Messages on their way through the steps, and which step is next for each.
struct OpenSteps {
  private var open: [(link: LinkNumber, bytes: [UInt8], next: FrameStep, at: Instant)] = []

  var count: Int { open.count }

  mutating func add(_ bytes: [UInt8], _ link: LinkNumber, _ now: Instant) { open.append((link, bytes, .look, now)) }

  /// False when no such message waits for this step, or it came in another turn.
  mutating func take(_ step: FrameStep, _ bytes: [UInt8], _ link: LinkNumber, _ now: Instant) -> Bool {
    guard
      let place = open.firstIndex(where: { $0.link == link && $0.next == step && $0.at == now && $0.bytes == bytes })
    else { return false }
    open.remove(at: place)
    return true
  }

  mutating func goOn(_ step: FrameStep, _ bytes: [UInt8], _ link: LinkNumber, _ now: Instant) {
    if let next = FrameStep(rawValue: step.rawValue + 1) { open.append((link, bytes, next, now)) }
  }
}

extension GossipEffect {
  fileprivate func isSame(as other: GossipEffect) -> Bool {
    switch (self, other) {
    case (.dial(let a, let peer, let n), .dial(let b, let other, let m)): a == b && peer == other && n == m
    case (.close(let a), .close(let b)), (.pending(let a), .pending(let b)): a == b
    case (.datagram(let a, let to), .datagram(let b, let other)): a == b && to == other
    case (.deliver(let a), .deliver(let b)): a.isSame(as: b)
    case (.incarnation(let a), .incarnation(let b)): a == b
    case (.member(let a, let node), .member(let b, let other)): a == b && node == other
    case (.met(let a), .met(let b)), (.served(let a), .served(let b)): a == b
    case (.offence(let a, let node), .offence(let b, let other)): a == b && node == other
    case (.slow(let a, let isSlow), .slow(let b, let other)): a == b && isSlow == other
    case (.namesake(let a), .namesake(let b)): a == b
    default: false
    }
  }
}

extension GossipMessage {
  fileprivate func isSame(as other: GossipMessage) -> Bool {
    topic == other.topic && payload == other.payload && origin == other.origin && epoch == other.epoch
      && sequence == other.sequence && priority == other.priority && createdMS == other.createdMS
      && hop == other.hop && isPart == other.isPart
  }
}
