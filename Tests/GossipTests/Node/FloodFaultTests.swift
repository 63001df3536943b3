import MixNet
import Testing

@testable import Gossip

/// A member that sends all that it can, over a link of its own, to a node that another one talks to.
@Suite struct FloodFaultTests {
  /// The far end of a link, driven by hand: its frames are written byte by byte.
  private struct FarEnd {
    let membership: Membership
    let link: LinkNumber
    private var greeting: LinkGreeting
    private(set) var isGreeted = false

    init(_ number: UInt8, link: LinkNumber) {
      let id = Bytes32([UInt8](repeating: number, count: 32))
      membership = Membership(id: id, ring: Keyring(Bytes32([7])))
      self.link = link
      greeting = LinkGreeting(nonce: Bytes32([number, 1]), isDialled: true)
    }

    /// What goes back for a frame of the node's greeting.
    mutating func answer(_ frame: [UInt8]) -> [UInt8]? {
      switch frame.first {
      case LinkFrame.Kind.hello.rawValue: return greeting.heard(frame.span.extracting(1...), membership)
      case LinkFrame.Kind.proof.rawValue:
        isGreeted = greeting.proved(frame.span.extracting(1...), membership)
        return nil
      default: return nil
      }
    }

    var hello: [UInt8] { greeting.hello(membership.id) }

    func message(_ number: UInt64, createdMS: UInt64 = 1_000_000, lifeMS: UInt32 = 60_000, hop: UInt8 = 1) -> [UInt8] {
      let payload = Array("message \(number)".utf8)
      let header = GossipHeader(
        proof: .clusterKey, topic: GossipHeader.topic("flood"), origin: membership.id, epoch: 1, sequence: number,
        createdMS: createdMS, lifeMS: lifeMS, payloadSize: UInt32(payload.count),
        content: GossipHeader.content(of: payload.span))
      var frame = MessageFrame.bytes(header, ZstdCodec.Packed(plain: payload))
      membership.prove(&frame)
      var span = frame.mutableSpan
      MessageFrame.setHop(hop, of: .clusterKey, in: &span)
      return [LinkFrame.Kind.message.rawValue, 0] + frame
    }
  }

  private struct NoCore: Error {}

  private final class Target {
    var core: GossipCore
    var now = Instant(ns: 1_000_000_000)
    var delivered: [GossipMessage] = []
    var offences = 0
    var closed: [LinkNumber] = []
    var wall: WallTime { WallTime(ns: 1_000_000_000_000 + Int64(now.ns)) }

    init() throws {
      var settings = GossipSettings()
      settings.linkMessages = 500
      settings.originMessages = 200
      settings.broadcast.dedupMax = 20_000
      settings.broadcast.cacheBytes = 1 << 20
      settings.broadcast.cacheMessages = 4_096
      let id = Bytes32([UInt8](repeating: 1, count: 32))
      let own = try #require(
        NodeRecord(id: id, address: .ipv4(InlineBytes4(word: 0x0a00_0001), port: 1), incarnation: 0))
      let membership = Membership(id: id, ring: Keyring(Bytes32([7])))
      guard let made = GossipCore(own, membership, settings, seed: Seed(1)) else { throw NoCore() }
      core = made
      core.deliversAll = true
      var effects: [GossipEffect] = []
      core.start(epoch: 1, now: now, &effects)
    }

    func take(_ frame: [UInt8], on link: LinkNumber) -> FrameRefusal? {
      var effects: [GossipEffect] = []
      let refusal = core.receive(frame.span, on: link, now: now, wall: wall, &effects)
      note(effects)
      return refusal
    }

    func tick(_ time: Nanos) {
      now = now + time
      var effects: [GossipEffect] = []
      core.tick(now: now, wall: wall, &effects)
      note(effects)
    }

    private func note(_ effects: [GossipEffect]) {
      for effect in effects {
        switch effect {
        case .deliver(let message): delivered.append(message)
        case .offence: offences += 1
        case .close(let link): closed.append(link)
        default: break
        }
      }
    }

    /// What the node says on a link.
    func says(on link: LinkNumber) -> [[UInt8]] {
      var (frames, effects): ([[UInt8]], [GossipEffect]) = ([], [])
      while let frame = core.nextFrame(on: link, now: now, &effects) {
        var bytes = [UInt8](repeating: 0, count: frame.size)
        var span = bytes.mutableSpan
        core.write(frame, into: &span)
        frames.append(bytes)
      }
      note(effects)
      return frames
    }

    func greet(_ number: UInt8, link: LinkNumber) throws -> FarEnd {
      var end = FarEnd(number, link: link)
      var effects: [GossipEffect] = []
      core.linkCame(link, now: now, &effects)
      _ = take(end.hello, on: link)
      for frame in says(on: link) { if let answer = end.answer(frame) { _ = take(answer, on: link) } }
      #expect(end.isGreeted)
      let record = try #require(
        NodeRecord(
          id: end.membership.id, address: .ipv4(InlineBytes4(word: 0x0a00_0000 + UInt32(number)), port: 1),
          incarnation: 1))
      _ = take(LinkFrame.bytes(ViewMessage.neighbour(record, .urgent)), on: link)
      _ = says(on: link)
      return end
    }
  }

  @Test(
    "fault 26: a member floods a node with messages, announcements and copies; what another says comes all the same")
  func aMemberFloods() throws {
    let target = try Target()
    let (honest, rogue) = (try target.greet(2, link: 1), try target.greet(3, link: 2))
    #expect(target.core.views.up.size == 2)
    var random = RandomStream(seed: Seed(26))
    var refused: [FrameRefusal: Int] = [:]
    var sequence: UInt64 = 0
    let copy = rogue.message(1_000_000)
    for second in 0..<20 {
      for _ in 0..<2_000 {
        sequence += 1
        if let refusal = target.take(rogue.message(sequence), on: rogue.link) { refused[refusal, default: 0] += 1 }
        if let refusal = target.take(copy, on: rogue.link) { refused[refusal, default: 0] += 1 }
      }
      // Fifty thousand ids of messages that there are not.
      for _ in 0..<1_000 {
        let lies = (0..<50).map { _ in
          Announcement(id: Bytes16(words: [random.next(), random.next()]), origin: random.next(), hop: 255)
        }
        _ = target.take(LinkFrame.bytes(TreeMessage.announce(lies)), on: rogue.link)
      }
      for number in 0..<5 {
        let refusal = target.take(honest.message(UInt64(second * 5 + number + 1)), on: honest.link)
        #expect(refusal == nil)
      }
      target.tick(.s(1))
      _ = target.says(on: rogue.link)
      _ = target.says(on: honest.link)
    }
    // A hundred of a hundred came, each once.
    #expect(target.delivered.count { $0.origin == honest.membership.id } == 100)
    // The other one has what its rates let through.
    let others = target.delivered.count { $0.origin == rogue.membership.id }
    #expect(others > 0 && others <= 1_000 + 20 * 200)
    #expect(refused[.rateLimited, default: 0] > 50_000)
    #expect(target.core.broadcast.dedup.size <= 20_000 && target.core.broadcast.tree.overlooked > 0)
    #expect(target.offences > 0)
  }

  @Test("fault 26: messages from another time, and with the longest way behind them")
  func strangeMessages() throws {
    let target = try Target()
    let rogue = try target.greet(3, link: 2)
    let now: UInt64 = 1_001_000
    let refusals = [
      target.take(rogue.message(1, createdMS: now + 30_001), on: 2),
      target.take(rogue.message(2, createdMS: .max), on: 2),
      target.take(rogue.message(3, createdMS: now - 90_001), on: 2),
      target.take(rogue.message(4, createdMS: 0), on: 2),
      target.take(rogue.message(5, createdMS: now, lifeMS: 60_001), on: 2),
      target.take(rogue.message(6, createdMS: now, lifeMS: .max), on: 2),
      target.take(rogue.message(0, createdMS: now), on: 2),
    ]
    #expect(refusals == [.early, .early, .expired, .expired, .lifeTooLong, .lifeTooLong, .stale])
    #expect(target.take(rogue.message(.max, createdMS: now, hop: 255), on: 2) == nil)
    #expect(target.take(rogue.message(7, createdMS: now, hop: 255), on: 2) == nil)
    #expect(target.delivered.count == 2)
  }
}
