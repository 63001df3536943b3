import MixNet
import Testing

@testable import Gossip

@Suite struct PublishRoomTests {
  /// A letter a link: `f` fast with room, `F` fast and full, `s` slow with room, `S` slow and full.
  private func room(_ links: String) -> PublishRoom {
    var room = PublishRoom()
    for link in links { room.add(isSlow: link.lowercased() == "s", hasRoom: link.isLowercase) }
    return room
  }

  @Test(arguments: [
    ("", true), ("f", true), ("F", false), ("ffF", false),
    // A few that are slow hold up nobody, full or not.
    ("ffS", true), ("fS", true), ("FS", false),
    // Most are slow: half of all must have room, or all of it goes to nobody.
    ("S", false), ("fSS", false), ("fssS", true), ("SSSSSSS", false), ("sssSSSS", false), ("ssssSSS", true),
  ])
  func itWaitsForThoseThatHearIt(_ links: String, _ mayPublish: Bool) {
    #expect(room(links).mayPublish == mayPublish)
  }

  /// A neighbour may have two links, the tree's and the one straight to it: those of the tree, on which nothing waits, do not outvote the others.
  @Test func linksStraightToAllAndLinksOfTheTreesCountApart() throws {
    let id = Bytes32([UInt8](repeating: 1, count: 32))
    let address = Address.ipv4(InlineBytes4(word: 0x0a00_0001), port: 1)
    let own = try #require(NodeRecord(id: id, address: address, incarnation: 0))
    let ring = Keyring(Bytes32([7]))
    var settings = GossipSettings()
    settings.broadcast.dedupMax = 128
    settings.broadcast.cacheBytes = 1 << 16
    guard var core = GossipCore(own, Membership(id: id, ring: ring), settings, seed: Seed(1)) else {
      Issue.record("no core")
      return
    }
    for number in 0..<14 {
      let link = GossipLink(UInt64(number), nil, nonce: Bytes32(), settings, now: .zero)
      if number < 7 { link.slot = number } else { link.isSlow = true }
      if number >= 7 {
        let message = QueuedMessage(
          id: Bytes16(), hop: 1, flags: .direct, size: settings.queueBytes, since: .zero, isOwn: true)
        let isTaken = link.queue.add(message, .normal, max: settings.queueBytes)
        #expect(isTaken)
      }
      core.links.add(link)
      if number >= 7 { core.links.setMesh(true, at: number) }
    }
    let isFull = !core.hasRoomToPublish
    for number in 7..<11 { core.links[number].queue.dropMessages() }
    let hasRoom = core.hasRoomToPublish
    #expect(isFull && hasRoom)
  }

  @Test func everyPriorityHasItsPlace() {
    for priority in GossipHeader.Priority.allCases {
      var queue = LinkQueue()
      let message = QueuedMessage(id: Bytes16(), hop: 1, flags: [], size: 1, since: .zero, isOwn: true)
      #expect(queue.add(message, priority, max: 10) && queue.bytes == 1)
    }
  }

  @Test func mostIsMoreThanHalf() {
    #expect(!room("").mostAreSlow && !room("fS").mostAreSlow && room("s").mostAreSlow && room("fss").mostAreSlow)
  }
}
