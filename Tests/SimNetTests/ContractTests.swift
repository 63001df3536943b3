import MixNet
import ProviderContract
import SimNet
import Testing

/// The contract of the providers, kept in simulated worlds: the same checks that the real ones pass.
@Suite struct ContractTests {
  @Test(arguments: SimFamily.allCases, NetworkContract.checks)
  func network(_ family: SimFamily, _ check: NetworkContract.Check) throws {
    try check.run(VirtualNetworkWorld(family))
  }

  @Test(arguments: StorageContract.checks)
  func storage(_ check: StorageContract.Check) throws { try check.run(VirtualDiskWorld()) }

  @Test(arguments: MailboxContract.checks)
  func mailbox(_ check: MailboxContract.Check) throws { try check.run(VirtualMailboxWorld()) }

  @Test func clock() throws {
    let world = SimWorld(seed: SimSeed(1))
    try SourceContracts.checkClock(world.host(named: "a").clock)
  }

  @Test func entropy() throws {
    let world = SimWorld(seed: SimSeed(1))
    try SourceContracts.checkEntropy(world.host(named: "a").environment().entropy)
  }
}

/// What a stream's two ends are, and what lies between them.
enum SimFamily: CaseIterable, Sendable { case ipv4, ipv6, loopback, unix }

/// Networks of one simulated host.
final class VirtualNetworkWorld: NetworkWorld {
  private let family: SimFamily
  private let world: SimWorld
  private let host: SimHost
  private var paths = 0

  init(_ family: SimFamily) {
    self.family = family
    world = SimWorld(seed: SimSeed(7))
    host = world.host(named: "a")
  }

  var clock: any MixNet.Clock { host.clock }

  func makeNetwork() throws -> any Network { host.makeNetwork() }

  func streamAddress() -> Address {
    guard family == .unix else { return datagramAddress() }
    paths += 1
    return .unix("run/\(paths).sock")
  }

  func datagramAddress() -> Address {
    switch family {
    case .ipv4, .unix: host.address(port: 0)
    case .ipv6: host.address6(port: 0)
    case .loopback: .loopback(port: 0)
    }
  }

  var tellsReset: Bool { true }

  func wait(_ network: any Network, until deadline: Instant?, into events: inout [NetworkEvent]) {
    guard let network = network as? SimNetwork else { return }
    world.wait(network, until: deadline, into: &events)
  }
}

/// Storage of a simulated host.
final class VirtualDiskWorld: StorageWorld {
  private let world = SimWorld(seed: SimSeed(7))
  private let environment: Environment

  init() {
    let host = world.host(named: "a")
    environment = host.environment()
    host.disk.installFolder("state")
  }

  var storage: any Storage { environment.storage }
  var folder: String { "state" }
  func settle(until isDone: () -> Bool) { _ = world.run(for: .s(5), until: isDone) }
}

/// The mailbox of a simulated node, on a disk with which nothing is wrong; the one in memory has its own tests of the contract.
final class VirtualMailboxWorld: MailboxWorld {
  private let time = TurnedWall()
  private let world: SimWorld
  private let host: SimHost
  private var made = 0

  init() {
    var settings = WorldSettings()
    // The contract has some hundreds of jobs wait at once.
    settings.disk.jobsMax = 1_024
    world = SimWorld(seed: SimSeed(7), settings: settings)
    host = world.host(named: "a")
  }

  var wall: WallTime {
    get { time.value }
    set { time.value = newValue }
  }

  func makeMailbox(_ limits: MailboxLimits) throws -> any Mailbox {
    made += 1
    return host.openMailbox(in: "mail-\(made)", limits, MailboxLog()) { [time] in time.value }
  }

  func settle(until isDone: () -> Bool) { _ = world.run(for: .s(5), until: isDone) }
}
