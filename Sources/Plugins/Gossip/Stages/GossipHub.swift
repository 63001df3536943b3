import MixHost
import MixNet

/// What gets the messages of a topic, on any thread of its own: called on the node's worker, it only takes them.
package protocol GossipReader: AnyObject, Sendable {
  /// False when it has no room: the message is dropped for this reader, and counted.
  func take(_ message: GossipMessage) -> Bool
}

/// The node's gossip core on the chain's one worker, which its stages share, and what joins it to links.
///
/// A link is given a few frames at a time and the next ones when those have left, so the core decides late what goes first, and a neighbour
/// that does not read holds up nobody else.
final class GossipHub {
  /// A link as the host knows it.
  private struct Line {
    let id: LinkID
    /// What the link was given and has not sent yet, as far as is known.
    var frames = 0
    var bytes = 0
    var isWatched = false
    /// A frame for which there was no slot.
    var kept: OutgoingFrame?
  }

  private struct Subscription {
    let number: UInt64
    let topic: UInt64
    let reader: any GossipReader
  }

  private static let framesAtOnce = 64
  private static let bytesAtOnce = 256 << 10

  var core: GossipCore
  let setup: GossipSetup
  /// Where the chain has one.
  var scores: (any ScoreBook)?
  private let framesMax: Int
  private var effects: [GossipEffect] = []
  private var lines: [LinkNumber: Line] = [:]
  private var numbers: [LinkID: LinkNumber] = [:]
  private var dialling: [LinkID: UInt64] = [:]
  /// Links that went down, and when the core is told.
  private var leaving: [(number: LinkNumber, isBroken: Bool, at: Instant)] = []
  private static let farewell = Nanos.ms(5)
  private var lastLink: LinkNumber = 0
  private var subscriptions: [Subscription] = []
  private var lastSubscription: UInt64 = 0
  /// Messages that a reader had no room for.
  private(set) var unread = 0
  /// What is to be kept, and whether it is on the disk.
  private(set) var file: GossipFile
  private(set) var isFileOld = false
  /// Neighbours that brought messages first since the scores were last told.
  private var served: [(node: Bytes32, count: Int)] = []
  private var nextScores = Instant.zero
  private(set) var slowNeighbours = 0
  /// When the core was last called, for the status.
  private(set) var looked = Instant.zero
  var watcher: ((MemberEvent, NodeRecord) -> Void)?

  init(_ setup: GossipSetup, _ builder: inout StageBuilder) throws(BuildError) {
    var random = builder.random()
    let seed = Seed(random.next(), random.next(), random.next(), random.next())
    guard let core = setup.core(seed: seed) else { throw BuildError("the gossip core cannot be made: no memory") }
    self.core = core
    (self.setup, file) = (setup, setup.saved)
    framesMax = min(Self.framesAtOnce, ChainPlan.queueDepth(builder.plan.maxQueueDepth))
  }

  // MARK: Calls

  /// Does something with the core, and carries out what follows.
  func act<R>(_ turn: inout Turn, _ body: (inout GossipCore, Instant, inout [GossipEffect]) -> R) -> R {
    var list = effects
    effects = []
    looked = turn.now
    let result = body(&core, turn.now, &list)
    var place = 0
    while place < list.count {
      carryOut(list[place], &list, &turn)
      place += 1
    }
    list.removeAll(keepingCapacity: true)
    effects = list
    if core.next != .never { turn.wake(at: core.next) }
    return result
  }

  func start(_ turn: inout Turn) {
    let wall = UInt64(max(0, turn.wall.ns)) / 1_000_000
    file.epoch = max(wall, file.epoch + 1)
    isFileOld = true
    let (epoch, known) = (file.epoch, file.known)
    act(&turn) { $0.start(epoch: epoch, known: known, now: $1, &$2) }
  }

  func tick(_ turn: inout Turn) {
    let wall = turn.wall
    tellGone(&turn)
    act(&turn) { $0.tick(now: $1, wall: wall, &$2) }
    if let next = leaving.first?.at { turn.wake(at: next) }
    for number in lines.filter({ $0.value.kept != nil }).keys.sorted() { pump(number, &effects, &turn) }
    tellScores(&turn)
  }

  private func carryOut(_ effect: GossipEffect, _ list: inout [GossipEffect], _ turn: inout Turn) {
    switch effect {
    case .dial(let address, _, let number):
      if let link = turn.open(address, once: true) {
        dialling[link] = number
      } else {
        core.dialFailed(number, now: turn.now, &list)
      }
    case .close(let number):
      guard let line = lines.removeValue(forKey: number) else { return }
      numbers[line.id] = nil
      turn.close(line.id)
    case .pending(let number): pump(number, &list, &turn)
    case .datagram(let bytes, let address):
      if case .name = address { return }
      guard var out = turn.datagram(to: address, length: bytes.count) else { return }
      out.put(bytes.span, at: 0)
    case .deliver(let message): deliver(message)
    case .incarnation(let number):
      file.incarnation = number
      isFileOld = true
    case .member(let event, let record):
      if event == .neighbour { remember(record) }
      watcher?(event, record)
    case .met(let node):
      if scores?.standing(of: node, at: turn.now) == .banned { core.ban(node, for: .s(60), now: turn.now, &list) }
    case .served(let node): serve(node)
    case .offence(let offence, let node): scores?.add(offence.conduct, of: node, at: turn.now)
    case .slow(let node, let isSlow):
      slowNeighbours += isSlow ? 1 : -1
      if isSlow { scores?.add(.failure, of: node, at: turn.now) }
    }
  }

  // MARK: Links

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    guard !change.isClient else { return }
    if change.isUp {
      let number = add(change.link)
      if let dial = dialling.removeValue(forKey: change.link) {
        act(&turn) { $0.dialled(dial, link: number, now: $1, &$2) }
      } else {
        act(&turn) { $0.linkCame(number, now: $1, &$2) }
      }
    } else if let dial = dialling.removeValue(forKey: change.link) {
      act(&turn) { $0.dialFailed(dial, now: $1, &$2) }
    } else if let number = numbers[change.link] {
      // Frames that came before it went down may still be on their way through the chain.
      leaving.append((number, change.reason != .local, turn.now + Self.farewell))
      turn.wake(at: turn.now + Self.farewell)
    }
  }

  /// Tells the core of links that went down, once what came over them has been read.
  private func tellGone(_ turn: inout Turn) {
    while let (number, isBroken, at) = leaving.first, at <= turn.now {
      leaving.removeFirst()
      if let line = lines.removeValue(forKey: number) { numbers[line.id] = nil }
      // Whoever closed it in good order may have gone as well: to ask costs little.
      act(&turn) { $0.linkWent(number, isBroken: isBroken, now: $1, &$2) }
    }
  }

  private func add(_ link: LinkID) -> LinkNumber {
    lastLink += 1
    lines[lastLink] = Line(id: link)
    numbers[link] = lastLink
    return lastLink
  }

  /// The core's number for a link.
  func number(of link: LinkID) -> LinkNumber? { numbers[link] }

  /// Gives a link its next frames, as far as it has sent those before.
  private func pump(_ number: LinkNumber, _ list: inout [GossipEffect], _ turn: inout Turn) {
    guard var line = lines[number] else { return }
    while line.frames < framesMax, line.bytes < Self.bytesAtOnce {
      let next = line.kept ?? core.nextFrame(on: number, now: turn.now, &list)
      line.kept = nil
      guard let frame = next else { break }
      // It may have waited so long that its message has gone; and what is too large for the chain's links never goes.
      guard core.isThere(frame), frame.size <= turn.frameMax else { continue }
      guard var out = turn.frame(on: line.id, length: frame.size) else {
        line.kept = frame
        turn.wake(at: turn.now + .ms(5))
        break
      }
      core.write(frame, into: &out)
      line.frames += 1
      line.bytes += frame.size
    }
    if line.frames > 0, !line.isWatched {
      line.isWatched = true
      turn.notify(whenDrained: line.id)
    }
    lines[number] = line
  }

  func drained(_ link: LinkID, _ turn: inout Turn) {
    guard let number = numbers[link] else { return }
    lines[number]?.isWatched = false
    lines[number]?.frames = 0
    lines[number]?.bytes = 0
    var list = effects
    effects = []
    pump(number, &list, &turn)
    effects = []
    let wall = turn.wall
    act(&turn) { core, now, effects in
      effects.append(contentsOf: list)
      // There is room now for what waits to be published.
      core.publishWaiting(now, wall, &effects)
    }
  }

  // MARK: Readers

  func subscribe(_ topic: String, _ reader: any GossipReader, withHistory: Bool) -> UInt64 {
    lastSubscription += 1
    let number = GossipHeader.topic(topic)
    subscriptions.append(Subscription(number: lastSubscription, topic: number, reader: reader))
    core.subscribe(number)
    if withHistory { core.history(of: number) { if !reader.take($0) { unread += 1 } } }
    return lastSubscription
  }

  func unsubscribe(_ number: UInt64) {
    guard let place = subscriptions.firstIndex(where: { $0.number == number }) else { return }
    let topic = subscriptions.remove(at: place).topic
    if !subscriptions.contains(where: { $0.topic == topic }) { core.unsubscribe(topic) }
  }

  var readers: Int { subscriptions.count }

  private func deliver(_ message: GossipMessage) {
    for subscription in subscriptions where subscription.topic == message.topic {
      if !subscription.reader.take(message) { unread += 1 }
    }
  }

  // MARK: Scores

  private func serve(_ node: Bytes32) {
    guard scores != nil else { return }
    if let place = served.firstIndex(where: { $0.node == node }) {
      served[place].count += 1
    } else {
      served.append((node, 1))
    }
  }

  /// Once a second: the book takes a lock, so it is not told of each message, and good is bounded there anyway.
  private func tellScores(_ turn: inout Turn) {
    guard let scores, turn.now >= nextScores else { return }
    let now = turn.now
    nextScores = now + .s(1)
    for (node, count) in served { for _ in 0..<min(count, 8) { scores.add(.success, of: node, at: now) } }
    served.removeAll(keepingCapacity: true)
    for node in core.peers {
      let standing = scores.standing(of: node, at: now)
      if standing == .banned {
        act(&turn) { $0.ban(node, for: .s(60), now: $1, &$2) }
      } else {
        core.judge(node, isWarned: standing == .warned, isTrusted: standing == .trusted)
      }
    }
  }

  // MARK: What is kept

  private func remember(_ record: NodeRecord) {
    file.known.removeAll { $0.id == record.id }
    file.known.insert(record, at: 0)
    if file.known.count > GossipFile.knownMax { file.known.removeLast() }
    isFileOld = true
  }

  /// What is to be written now, if anything is.
  func takeFile() -> GossipFile? {
    guard isFileOld else { return nil }
    isFileOld = false
    return file
  }

  func fileNotWritten() { isFileOld = true }
}

extension GossipOffence {
  fileprivate var conduct: Conduct {
    switch self {
    case .invalid: .invalid
    case .misbehaved: .misbehaved
    case .forged: .forged
    }
  }
}
