import Testing

@testable import MixNet

/// Who has a place when more peers come than there are places.
@Suite struct PeerRoomTests {
  /// Eight places, seven of them for strangers.
  private struct House {
    var registry: PeerRegistry
    var now = Instant.zero
    var displaced: [Bytes32] = []
    private var lastLink: UInt64 = 0
    private var links: [Bytes32: UInt64] = [:]

    init() {
      var settings = PeerRegistry.Settings()
      settings.peersMax = 8
      registry = PeerRegistry(own: Bytes32([1]), settings)
    }

    /// A link to a peer comes up; what has to give way for it does. False when there is no place.
    mutating func come(_ peer: Bytes32, dialled: Bool = false) -> Bool {
      if case .instead(let other) = registry.room(for: peer, isDialled: dialled, now: now) {
        displaced.append(other)
        registry.remove(other)
      }
      lastLink += 1
      let arrival = registry.came(
        lastLink, to: peer, openedTo: dialled ? .loopback(port: 1) : nil, now: now,
        Conversation(own: lastLink, ConversationSettings()))
      guard arrival == .joined(surplus: []) else { return false }
      links[peer] = lastLink
      return true
    }

    mutating func go(_ peer: Bytes32) {
      if let link = links[peer] { registry.went(link, of: peer, isGone: true, now: now) }
    }

    /// It says the least that opens a stream.
    mutating func speak(_ peer: Bytes32) {
      guard let place = registry.place(of: peer), let link = links[peer] else { return }
      let now = now
      registry.withConversation(place) { conversation in
        let greeting = PeerGreeting(own: 9, theirs: 0, streams: 4, window: 1_000)
        _ = conversation.receive(.greet(greeting), on: link, now: now)
        _ = conversation.receive(.ask(StreamID(isOwn: false, slot: 0, generation: 1)), on: link, now: now)
      }
    }

    func knows(_ peer: Bytes32) -> Bool { registry.place(of: peer) != nil }
  }

  private static func stranger(_ number: Int) -> Bytes32 { Bytes32([9, UInt8(number >> 8), UInt8(number & 255)]) }
  private let friend = Bytes32([2])
  private let newcomer = Bytes32([3])

  /// One host that connects again and again, each time under another name, and says nothing or opens a stream. Whoever comes is
  /// let in, whoever is called has a place, and who talks keeps its own, with a link or without one for a while.
  @Test(arguments: [false, true]) func namesOfOneHostTakeNoPlaces(speaks: Bool) {
    var house = House()
    let (away, called) = (Bytes32([4]), Bytes32([5]))
    for peer in [friend, away] {
      check(house.come(peer))
      house.speak(peer)
    }
    house.now = house.now + .s(20)
    house.go(away)
    for number in 0..<55 {
      let name = Self.stranger(number)
      check(house.come(name))
      if speaks { house.speak(name) }
      house.now = house.now + .s(1)
      house.go(name)
      #expect(house.registry.peers.count <= 8)
    }
    check(house.knows(friend))
    check(house.knows(away))
    check(house.come(newcomer))
    check(house.come(called, dialled: true))
    check(house.come(away))
    #expect(house.displaced.count >= 50)
    #expect(!house.displaced.contains(friend))
  }

  /// Who has said nothing gives way before who has, and the one that was here for longest before the others.
  @Test func whoIsSilentGivesWay() {
    var house = House()
    for number in 0..<7 {
      check(house.come(Self.stranger(number)))
      house.now = house.now + .s(1)
    }
    house.speak(Self.stranger(0))
    house.speak(Self.stranger(1))
    house.go(Self.stranger(1))
    house.go(Self.stranger(5))
    check(house.come(Self.stranger(7)))
    check(house.come(Self.stranger(8)))
    #expect(house.displaced == [Self.stranger(5), Self.stranger(2)])
  }

  /// While all of them talk, nobody else is let in, but there is a place for one that this side calls.
  @Test func whoTalksKeepsItsPlace() {
    var house = House()
    for number in 0..<7 {
      check(house.come(Self.stranger(number)))
      house.speak(Self.stranger(number))
    }
    check(!house.come(newcomer))
    check(house.come(friend, dialled: true))
    check(!house.come(Bytes32([6]), dialled: true))
    #expect(house.displaced.isEmpty)
    // What this side has called, and what is silent, does not give way to strangers.
    check(!house.come(newcomer))
    house.go(friend)
    check(!house.come(newcomer))
    // It does to another that is called.
    check(house.come(Bytes32([6]), dialled: true))
    #expect(house.displaced == [friend])
  }

  /// A node of the network comes in where strangers do not, and none of them takes its place.
  @Test func nodesOfTheNetworkAreNoStrangers() {
    var house = House()
    house.registry.network = [friend]
    for number in 0..<7 {
      check(house.come(Self.stranger(number)))
      house.speak(Self.stranger(number))
    }
    check(house.come(friend))
    house.go(friend)
    check(!house.come(newcomer))
    check(!house.come(newcomer, dialled: true))
    check(house.knows(friend))
  }

  @Test func aHouseForOneHasAPlaceForAStranger() {
    var settings = PeerRegistry.Settings()
    settings.peersMax = 1
    var registry = PeerRegistry(own: Bytes32([1]), settings)
    let conversation = Conversation(own: 1, ConversationSettings())
    check(registry.came(1, to: friend, openedTo: nil, now: .zero, conversation) == .joined(surplus: []))
    check(registry.room(for: newcomer, isDialled: true, now: .zero) == .instead(of: friend))
    check(registry.room(for: friend, isDialled: false, now: .zero) == .free)
  }
}
