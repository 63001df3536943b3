import Glibc
import MixNet
import Testing

@testable import LinuxNet

/// What happens when the process has no descriptor left, each in a process of its own.
@Suite struct ExhaustionTests {
  /// Who waits is turned away at once, the listener rests without a busy loop, and goes on when it can.
  @Test("fault 16: an accept without a descriptor")
  func acceptTurnsAwayRestsAndGoesOn() async {
    await #expect(processExitsWith: .success) {
      let network = try EpollNetwork()
      let listener = try network.listen(.loopback(port: 0), backlog: 4)
      let address = try #require(network.address(of: listener))
      let near = try network.connect(address)
      let hoard = Hoard()
      guard case .exhausted = network.accept(listener) else { exit(1) }
      do throws(NetworkError) {
        _ = try network.connect(address)
        exit(2)
      } catch {
        guard error.reason == .exhausted, error.detail == "Too many open files" else { exit(3) }
      }
      if (try? EpollNetwork()) != nil { exit(4) }
      // With its interest off, the one who waits is no reason to wake.
      network.setInterest(listener, accept: false)
      var events: [NetworkEvent] = []
      events.reserveCapacity(4)
      guard network.finishConnect(near) == .moved(0) else { exit(8) }
      network.setInterest(near, read: true, write: false)
      network.wait(until: SystemClock().now + .s(5), into: &events)
      guard events.map(\.source) == [.connection(near)] else { exit(9) }
      network.close(near, abort: false)
      events = []
      events.reserveCapacity(4)
      hoard.takeAll()
      let deadline = SystemClock().now + .ms(20)
      var turns = 0
      while SystemClock().now < deadline {
        network.wait(until: deadline, into: &events)
        turns += 1
      }
      guard events.isEmpty, turns <= 3 else { exit(5) }
      hoard.giveUpOne()
      hoard.giveUpOne()
      let second = try network.connect(address)
      network.setInterest(listener, accept: true)
      network.wait(until: SystemClock().now + .s(5), into: &events)
      guard events.map(\.source).contains(.listener(listener)) else { exit(6) }
      guard case .accepted = network.accept(listener) else { exit(7) }
      network.close(second, abort: false)
      exit(0)
    }
  }

  @Test func nothingLeaks() async {
    await #expect(processExitsWith: .success) {
      try exitAfterUsingFolder { folder in
        func work() throws -> Int32 {
          let network = try EpollNetwork()
          let ends = try Ends(network)
          let listener = network.listenerAddress(ends.listener)
          if let listener, (try? network.listen(listener, backlog: 1)) != nil { return 1 }
          network.close(ends.listener)
          if let listener, let refused = try? network.connect(listener) { network.close(refused, abort: false) }
          if (try? network.connect(.unix(folder.path + "/none"))) != nil { return 2 }
          network.close(ends.near, abort: true)
          _ = try network.bindDatagram(.loopback(port: 0))
          _ = try network.listen(.unix(folder.path + "/a"), backlog: 1)
          if (try? network.listen(.unix(folder.path + "/a"), backlog: 1)) != nil { return 3 }
          try network.watch(Signals())
          try writeFile(folder.path + "/b", [1], mode: 0o600)
          if (try? readFile(folder.path, limit: 10)) != nil { return 4 }
          if (try? readFile(folder.path + "/b", limit: 0)) != nil { return 5 }
          let storage = try FileStorage()
          guard storage.submit(.append(path: folder.path + "/b", bytes: [2]), done: { _ in }) else { return 6 }
          storage.stop()
          return 0
        }
        _ = try work()
        let before = openDescriptors()
        for _ in 0..<20 {
          let code = try work()
          if code != 0 { return code }
        }
        // One that leaks would do so in every round; the libraries may open one or two for themselves.
        return openDescriptors() < before + 20 ? 0 : 7
      }
    }
  }

  /// A write to a connection that is gone is a failure, and not the end of the process.
  @Test("fault 37: SIGPIPE")
  func sigpipeIsNeverRaised() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let network = try EpollNetwork()
      let ends = try Ends(network)
      network.close(ends.near, abort: true)
      var failures = 0
      eventually {
        withSlice { if network.write(ends.far, from: $0) == .failed(.reset) { failures += 1 } }
        return failures > 3
      }
      exit(failures > 3 ? 0 : 1)
    }
  }
}

extension EpollNetwork {
  fileprivate func listenerAddress(_ listener: ListenerID) -> Address? { address(of: listener) }
}

private func openDescriptors() -> Int { (0..<1_000).count { fcntl($0, F_GETFD) >= 0 } }

/// Takes every descriptor that the process may still have.
private final class Hoard {
  private var taken: [Int32] = []

  init() {
    var few = rlimit(rlim_cur: 200, rlim_max: 200)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &few)
    takeAll()
  }

  func takeAll() {
    while true {
      let next = dup(0)
      if next < 0 { return }
      taken.append(next)
    }
  }

  func giveUpOne() { if let last = taken.popLast() { close(last) } }
}
