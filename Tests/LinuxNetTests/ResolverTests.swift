import MixNet
import Synchronization
import Testing

@testable import LinuxNet

/// Names, as the system knows them.
@Suite struct ResolverTests {
  private final class Answer: Sendable {
    let addresses = Mutex<[Address]?>(nil)
    var isThere: Bool { addresses.withLock { $0 != nil } }
  }

  @Test func thisMachineHasAName() throws {
    let resolver = try SystemResolver()
    let answer = Answer()
    #expect(resolver.resolve("localhost", port: 77) { found in answer.addresses.withLock { $0 = found } })
    eventually { answer.isThere }
    let found = answer.addresses.withLock { $0 ?? [] }
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.port == 77 && (Host($0)?.isLoopback ?? false) })
  }

  /// `invalid` never has an address (RFC 6761).
  @Test func namesThatNobodyKnowsHaveNone() throws {
    let resolver = try SystemResolver()
    let answer = Answer()
    #expect(resolver.resolve("no-such-host.invalid", port: 1) { found in answer.addresses.withLock { $0 = found } })
    eventually { answer.isThere }
    #expect(answer.addresses.withLock { $0 } == [])
  }

  @Test func socketsTakeNoNames() throws {
    let network = try EpollNetwork()
    let name = try #require(Address.target("localhost:1"))
    #expect(throws: NetworkError.self) { _ = try network.connect(name) }
    #expect(throws: NetworkError.self) { _ = try network.listen(name, backlog: 1) }
  }
}
