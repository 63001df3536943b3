import Glibc
import LinuxNet
import MixNet
import Synchronization
import Testing

/// What networks do when other threads are at work.
@Suite struct ThreadedNetworkTests {
  @Test func aWakeFromAnotherThreadEndsAWaitForEver() throws {
    let network = try EpollNetwork()
    let waker = network.waker
    let thread = try Thread("waker") {
      usleep(5_000)
      waker.wake()
    }
    var events: [NetworkEvent] = []
    events.reserveCapacity(1)
    network.wait(until: nil, into: &events)
    thread.join()
    // What woke it is over. (Where the wake came late, one more wait may end early.)
    let clock = SystemClock()
    let deadline = clock.now + .ms(10)
    var turns = 0
    while clock.now < deadline {
      network.wait(until: deadline, into: &events)
      turns += 1
    }
    #expect(events.isEmpty && turns <= 3)
  }

  /// Each of two threads posts and wakes; whatever was posted before a wake is seen after the wait that it ends. A lost
  /// wake would leave the worker asleep for four seconds.
  @Test func noWakeIsLost() throws {
    let network = try EpollNetwork()
    let waker = network.waker
    let posted = SharedCount()
    let rounds = 20_000
    let one = try Thread("one") {
      for _ in 0..<rounds {
        posted.add(1)
        waker.wake()
      }
    }
    let other = try Thread("other") {
      for _ in 0..<rounds {
        posted.add(1)
        waker.wake()
      }
    }
    var events: [NetworkEvent] = []
    events.reserveCapacity(1)
    let clock = SystemClock()
    let start = clock.now
    while posted.value < 2 * rounds { network.wait(until: clock.now + .s(4), into: &events) }
    #expect(clock.now - start < .s(4))
    one.join()
    other.join()
  }

  @Test func aWakerOutlivesItsNetwork() throws {
    var network: EpollNetwork? = try EpollNetwork()
    let waker = try #require(network?.waker)
    network = nil
    waker.wake()
  }

  /// One thread accepts, another owns and answers.
  @Test func anotherThreadsNetworkAdopts() throws {
    let acceptor = try EpollNetwork()
    let listener = try acceptor.listen(.loopback(port: 0), backlog: 4)
    let near = try acceptor.connect(try #require(acceptor.address(of: listener)))
    let handed = Mutex<DetachedConnection?>(nil)
    eventually {
      guard case .accepted(let taken) = acceptor.accept(listener) else { return false }
      handed.withLock { $0 = taken }
      return true
    }
    let taken = try #require(handed.withLock { $0 })
    let echoed = SharedCount()
    let owner = try Thread("owner") { echoed.add(echo(taken)) }
    let answer = try exchange(acceptor, near, [UInt8](0..<200))
    acceptor.close(near, abort: false)
    owner.join()
    #expect(answer == [UInt8](0..<200))
    #expect(echoed.value == 200)
  }

  /// Writes, then reads as much.
  private func exchange(_ network: EpollNetwork, _ connection: ConnectionID, _ bytes: [UInt8]) throws -> [UInt8] {
    var (sent, answer): ([UInt8], [UInt8]) = (bytes, [UInt8](repeating: 0, count: bytes.count))
    eventually { network.finishConnect(connection) == .moved(0) }
    let written = sent.withUnsafeMutableBytes { slice($0) { network.write(connection, from: $0) } }
    #expect(written == .moved(bytes.count))
    var events: [NetworkEvent] = []
    events.reserveCapacity(4)
    network.wait(until: SystemClock().now + .s(5), into: &events)
    // So small an answer comes in one piece.
    let read = answer.withUnsafeMutableBytes { slice($0) { network.read(connection, into: $0) } }
    #expect(read == .moved(bytes.count))
    return answer
  }
}

/// Serves one connection on a network of this thread until it ends; gives the number of bytes that came back.
private func echo(_ taken: DetachedConnection) -> Int {
  guard let network = try? EpollNetwork() else { return 0 }
  let connection = network.adopt(taken)
  var events: [NetworkEvent] = []
  events.reserveCapacity(4)
  var room = [UInt8](repeating: 0, count: 1_024)
  var count = 0
  while true {
    events.removeAll(keepingCapacity: true)
    network.wait(until: SystemClock().now + .s(5), into: &events)
    let read = room.withUnsafeMutableBytes { slice($0) { network.read(connection, into: $0) } }
    guard case .moved(let size) = read else { return count }
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
    defer { part.deallocate() }
    part.copyBytes(from: room.prefix(size))
    guard case .moved(let back) = slice(part, { network.write(connection, from: $0) }) else { return count }
    count += back
  }
}

private func slice(
  _ room: UnsafeMutableRawBufferPointer, _ body: (UnsafeBufferPointer<IOSlice>) -> IOResult
) -> IOResult {
  guard let base = room.baseAddress else { return .blocked }
  let one = IOSlice(base: base, count: room.count)
  return withUnsafePointer(to: one) { body(UnsafeBufferPointer(start: $0, count: 1)) }
}
