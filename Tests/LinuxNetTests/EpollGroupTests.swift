import Glibc
import MixNet
import Testing

@testable import LinuxNet

/// Several networks on one thread, over one epoll.
@Suite struct EpollGroupTests {
  private let clock = SystemClock()

  @Test func eachNetworkIsToldItsOwn() throws {
    let group = try EpollGroup()
    let (one, other) = (try EpollNetwork(in: group), try EpollNetwork(in: group))
    #expect((one.member, other.member) == (0, 1))
    let listener = try other.listen(.loopback(port: 0), backlog: 1)
    let near = try one.connect(try #require(other.address(of: listener)))
    var told: Set<Int> = []
    var (ofOne, ofOther) = (room(), room())
    for _ in 0..<100 where ofOne.isEmpty || ofOther.isEmpty {
      var numbers: [Int] = []
      group.wait(until: clock.now + .s(5), into: &numbers)
      told.formUnion(numbers)
      one.wait(until: .zero, into: &ofOne)
      other.wait(until: .zero, into: &ofOther)
    }
    #expect(told == [0, 1])
    #expect(
      ofOne.allSatisfy { $0.source == .connection(near) } && ofOther.allSatisfy { $0.source == .listener(listener) })
    // What is another's cannot be used.
    #expect(other.finishConnect(near) == .failed(.local) && one.finishConnect(near) == .moved(0))
    other.close(near, abort: true)
    one.close(listener)
    #expect(other.address(of: listener) != nil && one.finishConnect(near) == .moved(0))
  }

  @Test func aNetworksOwnWaitTellsOnlyWhatWasFound() throws {
    let group = try EpollGroup()
    let network = try EpollNetwork(in: group)
    let socket = try network.bindDatagram(.loopback(port: 0))
    let address = try #require(network.address(of: socket))
    var events = room(1)
    // For ever, if it waited.
    network.wait(until: nil, into: &events)
    #expect(withUnsafeBytes(of: 7) { network.send($0, to: address, on: socket) })
    network.wait(until: .zero, into: &events)
    #expect(events.isEmpty)
    var numbers: [Int] = []
    group.wait(until: clock.now + .s(5), into: &numbers)
    #expect(numbers == [0])
    network.wait(until: .zero, into: &events)
    #expect(events.map(\.source) == [.datagram(socket)])
    events = room(1)
    network.wait(until: .zero, into: &events)
    #expect(events.isEmpty)
  }

  @Test func whatFindsNoRoomIsKept() throws {
    let group = try EpollGroup()
    let network = try EpollNetwork(in: group)
    let sockets = try (0..<3).map { _ in try network.bindDatagram(.loopback(port: 0)) }
    for socket in sockets {
      let address = try #require(network.address(of: socket))
      #expect(withUnsafeBytes(of: 7) { network.send($0, to: address, on: socket) })
    }
    var numbers: [Int] = []
    group.wait(until: clock.now + .s(5), into: &numbers)
    var seen: [NetworkEvent.Source] = []
    for _ in sockets {
      var events = room(1)
      network.wait(until: .zero, into: &events)
      seen += events.map(\.source)
    }
    #expect(Set(seen) == Set(sockets.map { .datagram($0) }))
  }

  @Test func wakersEndTheWait() throws {
    let group = try EpollGroup()
    let network = try EpollNetwork(in: group)
    let waker = network.waker
    waker.wake()
    var numbers: [Int] = []
    group.wait(until: .never, into: &numbers)
    #expect(numbers == [network.member])
    numbers = []
    try group.waker().wake()
    group.wait(until: .never, into: &numbers)
    group.wait(until: clock.now, into: &numbers)
    #expect(numbers.isEmpty)
  }

  /// The next network with that number is not told what was meant for the first.
  @Test func aNetworkThatGoesLeavesNothing() throws {
    let group = try EpollGroup()
    let stays = try EpollNetwork(in: group)
    var goes: EpollNetwork? = try EpollNetwork(in: group)
    let listener = try #require(try goes?.listen(.loopback(port: 0), backlog: 1))
    let address = try #require(goes?.address(of: listener))
    let waker = goes?.waker
    goes = nil
    waker?.wake()
    let comes = try EpollNetwork(in: group)
    #expect((stays.member, comes.member) == (0, 1))
    var numbers: [Int] = []
    group.wait(until: clock.now, into: &numbers)
    #expect(numbers.isEmpty)
    // Its socket is closed, and so the address is free.
    _ = try comes.listen(address, backlog: 1)
  }

  private func room(_ count: Int = 4) -> [NetworkEvent] {
    var events: [NetworkEvent] = []
    events.reserveCapacity(count)
    return events
  }
}
