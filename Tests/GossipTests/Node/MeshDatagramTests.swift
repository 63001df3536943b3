import Gossip
import GossipSim
import MixNet
import Testing

/// Messages that go straight to all nodes as datagrams.
struct MeshDatagramTests {
  /// A small cluster, and which message came where, when and how often.
  private final class Town {
    let cluster: ClusterWorld
    var got: [String: [Int: Int]] = [:]
    /// Datagrams with messages that were sent, by the nodes that they were for.
    var sent: [Int: Int] = [:]
    /// Which of them get lost.
    var loses: (_ to: Int) -> Bool = { _ in false }

    init(_ count: Int, _ change: (inout GossipSettings) -> Void = { _ in }) throws {
      cluster = try ClusterTests.cluster(count) { settings in
        settings.meshMax = 16
        change(&settings)
      }
      cluster.delivered = { [unowned self] node, message in
        got[String(decoding: message.payload, as: UTF8.self), default: [:]][node.number, default: 0] += 1
      }
      cluster.loses = { [unowned self] _, to, bytes in
        guard GossipCore.carriesMessage(bytes) else { return false }
        sent[to, default: 0] += 1
        return loses(to)
      }
      cluster.run(for: .s(20))
      #expect(cluster.nodes.allSatisfy { $0.core.hasMesh })
    }

    var all: Int { sent.values.reduce(0, +) }

    @discardableResult func say(_ text: String, from node: Int = 0) -> PublishOutcome? {
      say(Array(text.utf8), from: node)
    }

    @discardableResult func say(_ payload: [UInt8], from node: Int = 0) -> PublishOutcome? {
      let wall = cluster.wall
      var outcome: PublishOutcome?
      cluster.act(cluster.nodes[node]) { core, now, effects in
        outcome = core.publish(payload, topic: 1, now: now, wall: wall, &effects)
      }
      return outcome
    }

    /// Whether it has come to all nodes, to each once.
    func isWhole(_ text: String) -> Bool {
      got[text] == Dictionary(uniqueKeysWithValues: cluster.nodes.indices.map { ($0, 1) })
    }
  }

  @Test func smallMessagesGoAsDatagrams() throws {
    let town = try Town(8)
    for number in 0..<20 {
      town.say("message \(number)", from: number % 8)
      town.cluster.run(for: .ms(60))
      #expect(town.isWhole("message \(number)"), "one way, at once")
    }
    #expect(town.all == 20 * 7)
    // What does not fit goes over links, and comes as well.
    var random = RandomStream(seed: Seed(9))
    let large = (0..<1_049).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let counts = town.all
    town.say(large)
    #expect(town.all == counts)
    town.say(Array(large.dropLast()))
    town.cluster.run(for: .ms(60))
    for bytes in [large, Array(large.dropLast())] { #expect(town.isWhole(String(decoding: bytes, as: UTF8.self))) }
    #expect(town.all == 21 * 7, "1,048 bytes are the most")
    #expect(town.cluster.nodes.allSatisfy { $0.core.counts.duplicates == 0 })
  }

  /// Nodes that sign, that are not to, or that have no datagrams, say nothing by them.
  @Test(arguments: [0, 1, 2]) func othersUseLinks(kind: Int) throws {
    let town = try Town(6) { settings in
      if kind == 0 { settings.meshDatagrams = false }
      if kind == 1 { settings.meshPayloadMax = 4 }
      if kind == 2 { settings.isOrdered = true }
    }
    town.say("hello")
    town.cluster.run(for: .ms(200))
    #expect(town.isWhole("hello") && town.all == 0)
  }

  @Test func whoSignsUsesLinks() throws {
    let cluster = ClusterWorld(ClusterWorld.Settings())
    var settings = ClusterTests.settings(3) { $0.meshMax = 16 }
    for number in 0..<3 {
      let member = Membership(seed: Bytes32([UInt8(number + 1)]))
      let record = try #require(
        NodeRecord(id: member.id, address: ClusterWorld.address(number, group: number), incarnation: 0))
      guard let core = GossipCore(record, member, settings, seed: Seed(UInt64(number))) else {
        Issue.record("no core")
        return
      }
      let node = cluster.add(core, after: .ms(UInt64(number) * 20))
      if number == 0 { settings.views.seeds = [record.address] }
      node.core.deliversAll = true
    }
    var (sent, came) = (0, 0)
    cluster.loses = { _, _, bytes in
      if GossipCore.carriesMessage(bytes) { sent += 1 }
      return false
    }
    cluster.delivered = { _, _ in came += 1 }
    cluster.run(for: .s(20))
    #expect(cluster.nodes.allSatisfy { $0.core.hasMesh })
    let wall = cluster.wall
    cluster.act(cluster.nodes[0]) { _ = $0.publish([1, 2, 3], topic: 1, now: $1, wall: wall, &$2) }
    cluster.run(for: .ms(200))
    #expect(came == 3 && sent == 0)
  }

  /// One datagram is lost: a comparison finds that, its origin hears of it, and the node gets links for a minute; then datagrams again.
  @Test func whoMissesOneGetsLinksForAWhile() throws {
    let town = try Town(8)
    town.loses = { $0 == 5 }
    town.say("lost")
    town.cluster.run(for: .ms(200))
    #expect(!town.isWhole("lost"))
    town.cluster.run(for: .s(5))
    #expect(town.isWhole("lost"), "a comparison has found it")
    #expect(town.sent[5] == 1)
    // All that is sent to it as a datagram would be lost still.
    for number in 0..<20 {
      town.say("message \(number)")
      town.cluster.run(for: .ms(60))
      #expect(town.isWhole("message \(number)"))
    }
    #expect(town.sent[5] == 1 && town.sent[4] == 21)
    town.loses = { _ in false }
    // Others have lost nothing to it.
    town.say("another's", from: 1)
    #expect(town.sent[5] == 2)
    town.cluster.run(for: .s(90))
    town.say("again")
    town.cluster.run(for: .ms(60))
    #expect(town.isWhole("again") && town.sent[5] == 3)
  }

  /// One node wants none: it gets all over links, at once, and the others get datagrams as before.
  @Test func oneThatWantsNoneGetsLinks() throws {
    let cluster = ClusterWorld(ClusterWorld.Settings())
    var settings = ClusterTests.settings(5) { $0.meshMax = 16 }
    for number in 0..<5 {
      settings.meshDatagrams = number != 3
      let node = try #require(cluster.add(settings, after: .ms(UInt64(number) * 20)))
      if number == 0 { settings.views.seeds = [node.record.address] }
      node.core.deliversAll = true
    }
    var (sent, late): ([Int: Int], Int) = ([:], 0)
    cluster.loses = { _, to, bytes in
      if GossipCore.carriesMessage(bytes) { sent[to, default: 0] += 1 }
      return false
    }
    cluster.run(for: .s(20))
    for number in 0..<20 as Range<UInt8> {
      let (node, wall) = (cluster.nodes[Int(number) % 5], cluster.wall)
      cluster.act(node) { _ = $0.publish([number], topic: 1, now: $1, wall: wall, &$2) }
      cluster.run(for: .ms(60))
      late += cluster.nodes.count { $0.core.counts.delivered != Int(number) + 1 }
    }
    #expect(late == 0)
    #expect(sent == [0: 12, 1: 12, 2: 12, 4: 12])
  }

  /// Between two nodes no datagram gets through, or only one way: those that would be lost go over their link, and none is late.
  @Test(arguments: [true, false]) func whereNoneComesNoneIsSent(isOneWay: Bool) throws {
    let cluster = try ClusterTests.cluster(6) { $0.meshMax = 16 }
    var (late, closed, messages) = (0, 0, 0)
    var said: [[UInt8]: Instant] = [:]
    cluster.loses = { from, to, bytes in
      let isOther = [from, to] == [4, 2]
      if isOther, GossipCore.carriesMessage(bytes) { messages += 1 }
      guard [from, to] == [2, 4] || isOther && !isOneWay else { return false }
      closed += 1
      let isMessage = GossipCore.carriesMessage(bytes)
      #expect(!isMessage)
      return true
    }
    cluster.delivered = { node, message in
      guard let began = said[message.payload] else { return }
      if cluster.now - began > .ms(60) { late += 1 }
    }
    cluster.run(for: .s(20))
    for number in 0..<20 as Range<UInt8> {
      let (node, wall) = (cluster.nodes[number % 2 == 0 ? 2 : 4], cluster.wall)
      said[[number]] = cluster.now
      cluster.act(node) { _ = $0.publish([number], topic: 1, now: $1, wall: wall, &$2) }
      cluster.run(for: .ms(100))
    }
    #expect(late == 0 && closed > 10 && messages == (isOneWay ? 10 : 0))
    #expect(cluster.nodes.allSatisfy { $0.core.counts.delivered == 20 })
  }

  /// Datagrams hold nobody up, so only some go at once; what is more goes over links, whose room is kept as ever.
  @Test func onlySomeGoAtOnce() throws {
    let town = try Town(5)
    for number in 0..<500 { #expect(town.say("message \(number)") == .accepted) }
    #expect(town.all == 1_024)
    town.cluster.run(for: .s(1))
    for number in 0..<500 { #expect(town.isWhole("message \(number)")) }
    town.say("later")
    #expect(town.all == 1_024 + 4)
  }

  // MARK: Who is there

  /// Datagrams that are no messages, from `asker` to `node`, in a time in which `step` is done every 50 ms.
  private func words(
    _ town: Town, from asker: Int, to node: Int, for steps: Int, _ step: (Int) -> Void = { _ in }
  ) -> Int {
    var count = 0
    town.cluster.loses = { from, to, bytes in
      if from == asker, to == node, !GossipCore.carriesMessage(bytes) { count += 1 }
      return false
    }
    for number in 0..<steps {
      step(number)
      town.cluster.run(for: .ms(50))
    }
    return count
  }

  /// Who speaks is seldom asked whether it is there; who falls silent is asked again, and is found when it stands still.
  @Test func whoSpeaksIsSeldomProbed() throws {
    let town = try Town(6)
    var all = 0
    func count(_ step: (Int) -> Void) {
      all = 0
      town.cluster.loses = { _, _, bytes in
        if !GossipCore.carriesMessage(bytes) { all += 1 }
        return false
      }
      for number in 0..<500 {
        step(number)
        town.cluster.run(for: .ms(40))
      }
    }
    count { _ in }
    let silent = all
    count { town.say("message \($0)", from: $0 % 3) }
    let halfSpeak = all
    count { town.say("more \($0)", from: $0 % 6) }
    // Six nodes probe one each quarter of a second, and are answered; each fifth turn they do so although they have heard of it.
    #expect(
      silent >= 900 && silent / 2...silent * 7 / 10 ~= halfSpeak && silent / 7...silent / 4 ~= all,
      "\(silent), \(halfSpeak), \(all)")
    let still = town.cluster.nodes[2]
    var found: Set<Int> = []
    town.cluster.found = { node, event, record in
      if event == .dead, record.id == still.record.id { found.insert(node.number) }
    }
    town.cluster.stall(still, for: .s(60))
    town.cluster.run(for: .s(4))
    #expect(found == [0, 1, 3, 4, 5])
  }

  /// Old datagrams that anybody sends again say nothing of who is there.
  @Test func whatIsSentAgainShowsNobody() throws {
    let town = try Town(6)
    var bytes: [UInt8] = []
    town.cluster.loses = { _, to, datagram in
      if to == 1, GossipCore.carriesMessage(datagram) { bytes = datagram.withUnsafeBufferPointer { Array($0) } }
      return false
    }
    town.say("hello")
    town.cluster.run(for: .ms(100))
    #expect(town.isWhole("hello"))
    let alone = words(town, from: 1, to: 0, for: 400)
    let again = words(town, from: 1, to: 0, for: 400) { _ in #expect(hear(bytes, town) == (.duplicate, 0)) }
    let spoken = words(town, from: 1, to: 0, for: 400) { town.say("message \($0)") }
    // Its own probes, and its answers to the other's.
    #expect(alone > 25 && abs(again - alone) <= 3 && spoken < alone * 2 / 3, "\(alone), \(again), \(spoken)")
  }

  // MARK: What others send

  /// What node 0 said as a datagram, for node 1, which has not got it.
  private func caught(_ town: Town) throws -> [UInt8] {
    var bytes: [UInt8] = []
    town.cluster.loses = { _, to, datagram in
      guard to == 1, GossipCore.carriesMessage(datagram) else { return false }
      bytes = datagram.withUnsafeBufferPointer { Array($0) }
      return true
    }
    town.say("hello")
    town.cluster.run(for: .ms(100))
    #expect(!bytes.isEmpty && town.got["hello"]?.count == 7)
    return bytes
  }

  private func hear(_ bytes: [UInt8], _ town: Town) -> (refusal: FrameRefusal?, offences: Int) {
    var (refusal, offences): (FrameRefusal?, Int) = (nil, 0)
    let wall = town.cluster.wall
    town.cluster.act(town.cluster.nodes[1]) { core, now, effects in
      let before = effects.count
      refusal = core.receive(bytes.span, on: GossipCore.noLink, now: now, wall: wall, &effects)
      offences = effects[before...].count { if case .offence = $0 { true } else { false } }
    }
    return (refusal, offences)
  }

  /// Each bit of it changed: nothing of that is believed, nobody is blamed, and the true one still comes, once.
  @Test func whatIsForgedIsNobodysFault() throws {
    let town = try Town(8)
    let bytes = try caught(town)
    var refusals: Set<FrameRefusal> = []
    for place in bytes.indices {
      for bit in 0..<8 where place > 0 {
        var forged = bytes
        forged[place] ^= 1 << bit
        // The hop is no part of what is proved, and a higher one does no harm.
        if place == 2 + 108 + 36 { continue }
        let (refusal, offences) = hear(forged, town)
        #expect(offences == 0)
        refusals.insert(try #require(refusal, "byte \(place), bit \(bit)"))
      }
      let (refusal, _) = hear(Array(bytes[..<place]), town)
      #expect(refusal == .malformed)
    }
    #expect(refusals == [.malformed, .stranger, .badProof, .badPayload])
    #expect(town.got["hello"]?[1] == nil)
    #expect(hear(bytes, town).refusal == nil)
    #expect(town.isWhole("hello"))
    #expect(hear(bytes, town) == (.duplicate, 0))
    #expect(town.isWhole("hello"))
  }

  /// One that the application rejects may come again from anybody: it is looked at once, and nobody's score suffers.
  @Test func whatIsRejectedIsLookedAtOnce() throws {
    let town = try Town(8)
    let bytes = try caught(town)
    var asked = 0
    town.cluster.nodes[1].core.validate = { _ in
      asked += 1
      return .reject
    }
    #expect(hear(bytes, town) == (.rejected, 0))
    for _ in 0..<5 { #expect(hear(bytes, town) == (.duplicate, 0)) }
    #expect(asked == 1)
  }

  /// A member that has no link here is no stranger's mask: its datagrams are refused before they are proved.
  @Test func whoHasNoLinkIsNotHeard() throws {
    let town = try Town(8)
    let bytes = try caught(town)
    let id = town.cluster.nodes[0].record.id
    town.cluster.act(town.cluster.nodes[1]) { $0.ban(id, for: .s(60), now: $1, &$2) }
    #expect(hear(bytes, town) == (.stranger, 0))
  }
}
