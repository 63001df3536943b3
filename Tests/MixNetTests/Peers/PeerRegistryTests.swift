import Testing

@testable import MixNet

@Suite struct PeerRegistryTests {
  private let low = Bytes32([1])
  private let high = Bytes32([2])
  private let target = Address.loopback(port: 1)
  private var conversation: Conversation { Conversation(own: 1, ConversationSettings()) }

  private func registry(_ own: Bytes32, links: Int = 1) -> PeerRegistry {
    var settings = PeerRegistry.Settings()
    settings.linksPerPeer = links
    settings.peersMax = 4
    return PeerRegistry(own: own, settings)
  }

  /// Two registries, and links between them whose events reach the sides in any order: in the end both keep the same ones, as
  /// many as there should be, and nobody opens another.
  @Test(arguments: 0..<200 as Range<UInt64>) func simultaneousOpenLeavesTheSameLinks(seed: UInt64) {
    struct Wire {
      let opener: Int
      var isUp = [false, false]
      var isOpen = true
    }
    var random = RandomStream(seed: Seed(seed))
    let count = Int(seed % 3) + 1
    var sides = [registry(low, links: count), registry(high, links: count)]
    let names = [low, high]
    var wires: [UInt64: Wire] = [:]
    var now = Instant.zero
    var opened = 0
    func open(_ side: Int) {
      opened += 1
      wires[UInt64(opened)] = Wire(opener: side)
    }
    // One side, or both, begin; a link that is not known to belong to anybody is dialled outside of the registry.
    if seed % 4 != 0 { open(0) }
    if seed % 4 != 1 { open(1) }
    for _ in 0..<3_000 {
      now = now + .ms(10)
      let number = UInt64(random.below(UInt64(opened)) + 1)
      let side = Int(random.below(2))
      guard let wire = wires[number] else { continue }
      if wire.isOpen, !wire.isUp[side] {
        wires[number]?.isUp[side] = true
        let arrival = sides[side].came(
          number, to: names[1 - side], openedTo: wire.opener == side ? target : nil, now: now, conversation)
        guard case .joined(let surplus) = arrival else { return #expect(Bool(false)) }
        for other in surplus {
          wires[other]?.isOpen = false
          wires[other]?.isUp[side] = false
          sides[side].went(other, of: names[1 - side], isGone: true, now: now)
        }
      } else if !wire.isOpen, wire.isUp[side] {
        wires[number]?.isUp[side] = false
        sides[side].went(number, of: names[1 - side], isGone: true, now: now)
      }
      for side in 0..<2 {
        for action in sides[side].actions(now) {
          #expect(action == .dial(names[1 - side], target))
          open(side)
          sides[side].dialled(UInt64(opened), to: names[1 - side], at: target)
        }
      }
    }
    let up = wires.filter { $0.value.isOpen && $0.value.isUp == [true, true] }
    #expect(up.count == count, "\(wires)")
    #expect(wires.allSatisfy { $0.value.isOpen || $0.value.isUp == [false, false] })
    #expect(opened <= 2 * count)
    for side in sides { #expect(side.peers.first?.links.count == count) }
    if seed % 4 > 1, count == 1 { #expect(up.values.first?.opener == 0, "the one that the lower address has opened") }
  }

  @Test func onePeerAtTwoAddressesIsOnePeer() {
    var registry = registry(low)
    check(registry.came(1, to: high, openedTo: target, now: .zero, conversation) == .joined(surplus: []))
    check(registry.came(2, to: high, openedTo: .loopback(port: 2), now: .zero, conversation) == .joined(surplus: [2]))
    registry.went(2, of: high, isGone: true, now: .zero)
    #expect(registry.peers.count == 1)
    #expect(registry.actions(.zero + .s(9)) == [])
    check(registry.came(3, to: low, openedTo: target, now: .zero, conversation) == .refused(.local), "itself")
  }

  @Test func peersAreBoundedAndForgotten() {
    var registry = registry(low)
    for name in 2..<5 as Range<UInt8> {
      check(
        registry.came(UInt64(name), to: Bytes32([name]), openedTo: nil, now: .zero, conversation)
          == .joined(surplus: []))
    }
    check(registry.came(9, to: Bytes32([9]), openedTo: nil, now: .zero, conversation) == .refused(.exhausted))
    registry.went(3, of: Bytes32([3]), isGone: true, now: .zero + .s(1))
    #expect(registry.next == .zero + .s(2), "greetings are owed")
    #expect(registry.actions(.zero + .s(60)) == [])
    #expect(registry.actions(.zero + .s(61)) == [.forget(Bytes32([3]))])
    registry.remove(Bytes32([3]))
    #expect(registry.place(of: Bytes32([4])).map { registry.peers[$0].identity } == Bytes32([4]))
    check(registry.came(9, to: Bytes32([9]), openedTo: nil, now: .zero, conversation) == .joined(surplus: []))
    // One that opens link after link keeps the newest.
    for link in 20..<27 as Range<UInt64> {
      check(registry.came(link, to: Bytes32([9]), openedTo: nil, now: .zero, conversation) == .joined(surplus: []))
    }
    check(registry.came(27, to: Bytes32([9]), openedTo: nil, now: .zero, conversation) == .joined(surplus: [9]))
  }

  /// The side that yielded opens a link itself when the other's is gone and does not come back.
  @Test func whoYieldedOpensAgainAfterAWhile() {
    var registry = registry(high)
    check(registry.came(1, to: low, openedTo: target, now: .zero, conversation) == .joined(surplus: []))
    check(registry.came(2, to: low, openedTo: nil, now: .zero, conversation) == .joined(surplus: [1]))
    registry.went(1, of: low, isGone: true, now: .zero)
    #expect(registry.actions(.zero + .s(30)) == [])
    registry.went(2, of: low, isGone: true, now: .zero + .s(30))
    #expect(registry.actions(.zero + .s(32)) == [])
    #expect(registry.actions(.zero + .s(33)) == [.dial(low, target)])
    registry.letGo(low)
    #expect(registry.actions(.zero + .s(33)) == [])
  }
}
