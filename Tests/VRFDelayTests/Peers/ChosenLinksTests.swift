import MixNet
import Testing

@testable import MixHost
@testable import VRFDelay

/// The links of one choice after another: what is opened, what is closed, and which one a packet takes.
@Suite struct ChosenLinksTests {
  private let place = Address.loopback(port: 1)
  private func peer(_ number: UInt8) -> Bytes32 { Bytes32([number]) }
  private func link(_ number: Int) -> LinkID { LinkID(worker: 0, place: number, generation: 1) }
  private func at(_ seconds: UInt64) -> Instant { .zero + .s(seconds) }

  /// Chooses, and opens what is to be opened under numbers from `first` on; gives what is to be closed.
  private func choose(
    _ links: inout ChosenLinks, _ peers: [UInt8], from first: Int, at now: Instant, listed: Set<UInt8> = Set(0...255)
  ) -> [LinkID] {
    let chosen = peers.map { (peer: peer($0), target: place) }
    let names = Set(listed.map(peer))
    return carryOut(
      &links, links.choose(chosen, listed: { names.contains($0) }, overlap: .s(60), now: now), from: first, at: now)
  }

  private func carryOut(
    _ links: inout ChosenLinks, _ actions: [ChosenLinks.Action], from first: Int, at now: Instant
  ) -> [LinkID] {
    var (closed, next): ([LinkID], Int) = ([], first)
    for action in actions {
      switch action {
      case .close(let link): closed.append(link)
      case .open(let peer, _):
        links.opened(link(next), to: peer, now: now)
        next += 1
      }
    }
    return closed
  }

  @Test func aChoiceIsOpened() {
    var links = ChosenLinks()
    #expect(links.next == .never && links.link(to: peer(1)) == nil && !links.mayUse(peer(1)))
    #expect(choose(&links, [1, 2], from: 10, at: at(0)) == [])
    // What is coming up takes packets already.
    #expect(links.link(to: peer(1)) == link(10) && links.link(to: peer(2)) == link(11) && links.has(link(11)))
    links.came(link(10), now: at(1))
    #expect(links.counts == (2, 1) && links.next == at(1) + ChosenLinks.settling)
    #expect(links.due(at(3)) == [] && links.next == .never && links.counts == (2, 1))
  }

  /// Packets keep to the old link until the new one has shown that it stays; then the old one is closed.
  @Test func theNextChoiceTakesOver() {
    var links = ChosenLinks()
    _ = choose(&links, [1, 2], from: 10, at: at(0))
    for number in [10, 11] { links.came(link(number), now: at(0)) }
    _ = links.due(at(5))
    #expect(choose(&links, [2, 3], from: 20, at: at(100)) == [])
    #expect(links.link(to: peer(2)) == link(11) && links.link(to: peer(3)) == link(21))
    links.came(link(20), now: at(101))
    #expect(links.link(to: peer(2)) == link(11))
    #expect(links.due(at(102)) == [] && links.next == at(103))
    #expect(links.due(at(103)) == [.close(link(11))] && links.link(to: peer(2)) == link(20))
    // One who is chosen no more may be used until the overlap is over.
    #expect(links.mayUse(peer(1)) && links.link(to: peer(1)) == link(10))
    #expect(links.due(at(159)) == [] && links.next == at(160))
    #expect(links.due(at(160)) == [.close(link(10))])
    #expect(!links.mayUse(peer(1)) && links.link(to: peer(1)) == nil && links.mayUse(peer(3)))
  }

  /// A new link that is refused does not take the old one with it.
  @Test func aRefusedLinkTakesNothingOver() {
    var links = ChosenLinks()
    _ = choose(&links, [1], from: 10, at: at(0))
    links.came(link(10), now: at(0))
    _ = choose(&links, [1], from: 20, at: at(100))
    for second in 100..<159 as Range<UInt64> {
      links.came(link(20), now: at(second))
      #expect(links.due(at(second)) == [] && links.link(to: peer(1)) == link(10))
      links.went(link(20), isOver: false, now: at(second))
    }
    #expect(links.due(at(160)) == [.close(link(10))] && links.link(to: peer(1)) == link(20))
  }

  @Test func whatIsOverIsOpenedAgain() {
    var links = ChosenLinks()
    _ = choose(&links, [1, 2], from: 10, at: at(0))
    links.went(link(10), isOver: true, now: at(1))
    #expect(links.link(to: peer(1)) == nil && links.mayUse(peer(1)) && links.next == at(6))
    #expect(links.due(at(6)) == [.open(peer(1), place)])
    // There may be no place for it.
    links.opened(nil, to: peer(1), now: at(6))
    #expect(links.next == at(11) && links.due(at(10)) == [])
    #expect(carryOut(&links, links.due(at(11)), from: 30, at: at(11)) == [] && links.link(to: peer(1)) == link(30))
    links.went(link(99), isOver: true, now: at(12))
    links.opened(link(98), to: peer(9), now: at(12))
    #expect(!links.has(link(98)) && !links.mayUse(peer(9)))
  }

  /// A link that is to be renewed stays until the new one has shown that it stays; each renewal is longer in coming.
  @Test func aLinkIsRenewed() {
    var links = ChosenLinks()
    _ = choose(&links, [1], from: 10, at: at(0))
    var (now, number): (UInt64, Int) = (0, 10)
    for pause in [1, 2, 4, 8, 16, 30, 30] as [UInt64] {
      links.came(link(number), now: at(now))
      links.renew(link(number), now: at(now))
      links.renew(link(number), now: at(now))
      #expect(links.due(.zero + .ms(1_000 * (now + pause) - 1)).allSatisfy { $0 != .open(peer(1), place) })
      #expect(links.due(at(now + pause)).contains(.open(peer(1), place)))
      links.opened(link(number + 1), to: peer(1), now: at(now + pause))
      #expect(links.link(to: peer(1)) == link(number) && links.mayUse(peer(1)))
      (now, number) = (now + pause, number + 1)
    }
    links.came(link(number), now: at(now))
    #expect(links.due(at(now + 2)).contains(.close(link(number - 1))) && links.counts == (1, 1))
    // A link of the choice before is not renewed, nor one that nobody knows.
    _ = choose(&links, [1], from: 50, at: at(now + 3))
    links.renew(link(number), now: at(now + 3))
    links.renew(link(99), now: at(now + 3))
    #expect(links.next == at(now + 63))
    // With another choice renewals begin anew; one that could not be opened leaves the old link.
    links.came(link(50), now: at(now + 4))
    links.renew(link(50), now: at(now + 4))
    #expect(links.due(at(now + 5)) == [.open(peer(1), place)])
    links.opened(nil, to: peer(1), now: at(now + 5))
    #expect(links.due(at(now + 6)) == [.close(link(number))] && links.link(to: peer(1)) == link(50))
    #expect(links.due(at(now + 10)) == [.open(peer(1), place)])
  }

  /// Nodes that are gone lose their links at once; the choice of the choice before is not forgotten by a third.
  @Test func goneNodesAndQuickChanges() {
    var links = ChosenLinks()
    _ = choose(&links, [1, 2], from: 10, at: at(0))
    #expect(choose(&links, [3], from: 20, at: at(10), listed: [2, 3]) == [link(10)])
    #expect(!links.mayUse(peer(1)) && links.mayUse(peer(2)))
    #expect(choose(&links, [4], from: 30, at: at(30)) == [])
    #expect(links.mayUse(peer(2)) && links.mayUse(peer(3)))
    #expect(links.due(at(70)) == [.close(link(11))] && links.due(at(90)) == [.close(link(20))])
    #expect(links.counts.all == 1)
  }
}
