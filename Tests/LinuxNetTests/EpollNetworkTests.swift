import Glibc
import MixNet
import Testing

@testable import LinuxNet

/// What the loopback shows and a simulated network need not.
@Suite struct EpollNetworkTests {
  @Test func aPortInUseIsSaidInWords() throws {
    let network = try EpollNetwork()
    let address = try #require(network.address(of: network.listen(.loopback(port: 0), backlog: 1)))
    #expect {
      _ = try network.listen(address, backlog: 1)
    } throws: {
      "\($0)" == "cannot listen on \(address): Address already in use"
    }
    let socket = try #require(network.address(of: network.bindDatagram(.loopback(port: 0))))
    #expect {
      _ = try network.bindDatagram(socket)
    } throws: {
      "\($0)" == "cannot bind \(socket): Address already in use"
    }
  }

  /// Clients and programs that know no pings are found by the system's own.
  @Test("fault 7: both ends of a connection are asked for by the system")
  func theSystemAsksForThePeer() throws {
    let network = try EpollNetwork()
    let listener = try network.listen(.loopback(port: 0), backlog: 1)
    let near = try network.connect(try #require(network.address(of: listener)))
    var waiting: DetachedConnection?
    while waiting == nil { if case .accepted(let connection) = network.accept(listener) { waiting = connection } }
    let far = network.adopt(try #require(waiting))
    for connection in [near, far] {
      let place = try #require(network.table.place(of: connection.raw))
      func option(_ level: Int32, _ name: Int32) -> Int32 {
        var (value, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        return getsockopt(network.table[place].descriptor, level, name, &value, &size) == 0 ? value : -1
      }
      let tcp = Int32(IPPROTO_TCP)
      #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
      #expect(option(tcp, TCP_KEEPIDLE) + 3 * option(tcp, TCP_KEEPINTVL) == 30)
      #expect(option(tcp, TCP_KEEPCNT) == 3)
      #expect(option(tcp, TCP_USER_TIMEOUT) == 30_000)
    }
  }

  @Test func anAddressOfAnotherMachineIsSaidInWords() throws {
    let network = try EpollNetwork()
    let address = try #require(Address("192.0.2.1:9"))
    #expect {
      _ = try network.listen(address, backlog: 1)
    } throws: {
      "\($0)" == "cannot listen on 192.0.2.1:9: Cannot assign requested address"
    }
    #expect(throws: NetworkError.self) { try network.bindDatagram(.unix("a.sock")) }
  }

  @Test func bothFamiliesCanHaveOnePort() throws {
    let network = try EpollNetwork()
    let six = try #require(network.address(of: network.listen(Address("[::]:0") ?? .loopback(port: 0), backlog: 1)))
    let port = try #require(six.port)
    _ = try network.listen(Address("0.0.0.0:\(port)") ?? six, backlog: 1)
  }

  @Test func everySocketIsNonBlockingClosedOnExecAndSendsAtOnce() throws {
    let network = try EpollNetwork()
    let ends = try Ends(network)
    let datagrams = try network.bindDatagram(.loopback(port: 0))
    let streams = [ends.near.raw, ends.far.raw]
    for number in streams + [ends.listener.raw, datagrams.raw] {
      let descriptor = network.table[try #require(network.table.place(of: number))].descriptor
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
      #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
      guard streams.contains(number) else { continue }
      var isSet: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      #expect(getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isSet, &size) == 0 && isSet != 0)
    }
  }

  /// Connects that find the listener's queue full stay in the air.
  @Test func aConnectIsBlockedWhileItIsNotKnown() throws {
    let network = try EpollNetwork()
    let listener = try network.listen(.loopback(port: 0), backlog: 1)
    let address = try #require(network.address(of: listener))
    var open = try (0..<8).map { _ in try network.connect(address) }
    network.setInterest(listener, accept: false)
    var events: [NetworkEvent] = []
    events.reserveCapacity(16)
    let clock = SystemClock()
    let deadline = clock.now + .ms(20)
    while clock.now < deadline {
      events.removeAll(keepingCapacity: true)
      network.wait(until: deadline, into: &events)
      for case .connection(let id) in events.map(\.source) where network.finishConnect(id) == .moved(0) {
        open.removeAll { $0 == id }
      }
    }
    #expect((1..<8).contains(open.count))
    for id in open {
      #expect(network.finishConnect(id) == .blocked)
      network.setInterest(id, read: true, write: true)
      withSlice { #expect(network.read(id, into: $0) == .blocked) }
      withSlice { #expect(network.write(id, from: $0) == .blocked) }
      network.close(id, abort: true)
      #expect(network.finishConnect(id) == .failed(.local))
    }
  }

  @Test("fault 22: a socket that meets itself")
  func aSocketThatMeetsItselfIsRefused() throws {
    let socket = try opened(SocketOptions.open(family: AF_INET, stream: true))
    let any = try #require(SocketAddress(.loopback(port: 0)))
    #expect(any.pass { bind(socket.raw, $0, $1) } == 0)
    let own = try #require(SocketAddress.local(of: socket.raw).flatMap(SocketAddress.init))
    _ = own.pass { connect(socket.raw, $0, $1) }
    var outcome: Result<Void, CloseReason>?
    eventually {
      outcome = EpollNetwork.connectOutcome(of: socket.raw)
      return outcome != nil
    }
    #expect(throws: CloseReason.refused) { try outcome?.get() }
  }

  @Test func whatCannotBeWatchedTellsSo() throws {
    let network = try EpollNetwork()
    let ends = try Ends(network)
    let broken = network.adopt(DetachedConnection(handle: -1, peer: .unix("")))
    var events: [NetworkEvent] = []
    events.reserveCapacity(8)
    for _ in 0..<2 {
      events.removeAll(keepingCapacity: true)
      network.wait(until: nil, into: &events)
      #expect(events.map(\.source) == [.connection(broken)])
    }
    withSlice { #expect(network.read(broken, into: $0) == .failed(.reset)) }
    withSlice { #expect(network.write(broken, from: $0) == .failed(.reset)) }
    network.setInterest(broken, read: false, write: true)
    network.close(broken, abort: false)
    withSlice { #expect(network.read(broken, into: $0) == .failed(.local)) }
    withSlice { #expect(network.write(ends.near, from: $0) == .moved(1)) }
    events.removeAll(keepingCapacity: true)
    network.wait(until: nil, into: &events)
    #expect(events.map(\.source) == [.connection(ends.far)])
  }

  @Test func layoutOfSlicesIsTheSystems() {
    #expect(MemoryLayout<IOSlice>.size == MemoryLayout<iovec>.size)
    #expect(MemoryLayout<IOSlice>.stride == MemoryLayout<iovec>.stride)
    #expect(MemoryLayout<IOSlice>.offset(of: \.base) == MemoryLayout<iovec>.offset(of: \.iov_base))
    #expect(MemoryLayout<IOSlice>.offset(of: \.count) == MemoryLayout<iovec>.offset(of: \.iov_len))
  }
}

/// Both ends of a connection over one network.
struct Ends {
  let listener: ListenerID
  let near: ConnectionID
  let far: ConnectionID

  init(_ network: EpollNetwork) throws {
    let listener = try network.listen(.loopback(port: 0), backlog: 4)
    let near = try network.connect(try #require(network.address(of: listener)))
    var accepted: DetachedConnection?
    eventually {
      if accepted == nil, case .accepted(let taken) = network.accept(listener) { accepted = taken }
      return accepted != nil && network.finishConnect(near) == .moved(0)
    }
    far = network.adopt(try #require(accepted))
    self.near = near
    self.listener = listener
  }
}

/// Lends one slice of one byte.
func withSlice(_ body: (UnsafeBufferPointer<IOSlice>) -> Void) {
  var byte: UInt8 = 7
  withUnsafeMutableBytes(of: &byte) { room in
    guard let base = room.baseAddress else { return }
    var slice = IOSlice(base: base, count: 1)
    withUnsafePointer(to: &slice) { body(UnsafeBufferPointer(start: $0, count: 1)) }
  }
}
