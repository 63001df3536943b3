import Glibc
import MixNet
import Testing

@testable import LinuxNet

/// The file of a Unix socket: replaced, kept, removed.
@Suite struct UnixSocketTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/a.sock"
  }

  /// A socket file as a killed process leaves it behind.
  private func leaveStaleSocket() throws {
    let socket = try opened(SocketOptions.open(family: AF_UNIX, stream: true))
    let name = try #require(SocketAddress(.unix(path)))
    #expect(name.pass { bind(socket.raw, $0, $1) } == 0 && listen(socket.raw, 1) == 0)
  }

  @Test func aStaleOneIsReplaced() throws {
    try leaveStaleSocket()
    let network = try EpollNetwork()
    #expect(throws: NetworkError.self) { try network.connect(.unix(path)) }
    let listener = try network.listen(.unix(path), backlog: 1)
    #expect(network.address(of: listener) == .unix(path))
    _ = try network.connect(.unix(path))
    #expect(folder.names == ["a.sock"])
  }

  @Test func aServedOneIsAnError() throws {
    let network = try EpollNetwork()
    _ = try network.listen(.unix(path), backlog: 1)
    #expect {
      _ = try network.listen(.unix(path), backlog: 1)
    } throws: {
      "\($0)" == "cannot listen on unix:\(path): Address already in use"
    }
    _ = try network.connect(.unix(path))
  }

  @Test func anotherFileIsAnErrorAndStays() throws {
    try writeFile(path, [1, 2], mode: 0o644)
    let network = try EpollNetwork()
    #expect(throws: NetworkError.self) { try network.listen(.unix(path), backlog: 1) }
    #expect(try readFile(path, limit: 9).bytes == [1, 2])
  }

  @Test func itGoesWithItsListenerAndWithItsNetwork() throws {
    var network: EpollNetwork? = try EpollNetwork()
    if let network { network.close(try network.listen(.unix(path), backlog: 1)) }
    #expect(folder.names.isEmpty)
    _ = try network?.listen(.unix(path), backlog: 1)
    #expect(folder.names == ["a.sock"])
    network = nil
    #expect(folder.names.isEmpty)
  }

  @Test func whatAnotherHasPutThereStays() throws {
    let (network, other) = (try EpollNetwork(), try EpollNetwork())
    let listener = try network.listen(.unix(path), backlog: 1)
    unlink(path)
    _ = try other.listen(.unix(path), backlog: 1)
    network.close(listener)
    #expect(folder.names == ["a.sock"])
  }

  @Test func aPathThatCannotBeIsSaidInWords() throws {
    let network = try EpollNetwork()
    let long = Address.unix(String(repeating: "x", count: Address.unixPathMax + 1))
    for address in [long, .unix("a\0b"), .unix("")] {
      #expect(throws: NetworkError.self) { try network.listen(address, backlog: 1) }
      #expect(throws: NetworkError.self) { try network.connect(address) }
    }
    #expect {
      _ = try network.listen(.unix(folder.path + "/none/a.sock"), backlog: 1)
    } throws: {
      "\($0)".hasSuffix(": No such file or directory")
    }
  }

  @Test func aStarterWaitsForTheOneBeforeIt() throws {
    let lock = try opened(Descriptor(open(folder.path, O_RDONLY | O_DIRECTORY)))
    #expect(flock(lock.raw, LOCK_EX) == 0)
    let path = path
    let served = SharedCount()
    let starter = try Thread("starter") {
      guard let network = try? EpollNetwork() else { return }
      if (try? network.listen(.unix(path), backlog: 1)) != nil { served.add(1) }
    }
    usleep(10_000)
    #expect(served.value == 0)
    #expect(flock(lock.raw, LOCK_UN) == 0)
    starter.join()
    #expect(served.value == 1)
  }

  /// Eight starters at once on one stale file: one serves, the others are told.
  @Test func oneOfManyStartersWins() throws {
    for _ in 0..<10 {
      try leaveStaleSocket()
      let path = path
      let (ready, served, refused) = (SharedCount(), SharedCount(), SharedCount())
      try together(8) {
        guard let network = try? EpollNetwork() else { return }
        ready.add(1)
        while ready.value < 8 { sched_yield() }
        do throws(NetworkError) {
          _ = try network.listen(.unix(path), backlog: 1)
          served.add(1)
          // Nobody may take the place while it is served.
          withExtendedLifetime(network) { eventually { served.value + refused.value == 8 } }
        } catch {
          refused.add(1)
        }
      }
      #expect(served.value == 1)
      #expect(refused.value == 7)
    }
  }
}
