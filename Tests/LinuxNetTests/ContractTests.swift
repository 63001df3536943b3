import Foundation
import LinuxNet
import MixNet
import ProviderContract
import Testing

/// The contract of the providers, kept over the loopback and in a temporary folder.
@Suite struct ContractTests {
  @Test(arguments: SocketFamily.here, NetworkContract.checks)
  func network(_ family: SocketFamily, _ check: NetworkContract.Check) throws {
    try check.run(LoopbackWorld(family))
  }

  @Test(arguments: StorageContract.checks)
  func storage(_ check: StorageContract.Check) throws { try check.run(DiskWorld()) }

  @Test(arguments: MailboxContract.checks)
  func mailbox(_ check: MailboxContract.Check) throws { try check.run(FileMailboxWorld()) }

  @Test func clock() throws { try SourceContracts.checkClock(SystemClock()) }

  @Test func entropy() throws { try SourceContracts.checkEntropy(SystemEntropy()) }
}

/// What a stream socket is made of.
enum SocketFamily: CaseIterable, Sendable {
  case ipv4, ipv6, unix

  /// Those that this machine has: a container often has no loopback of IPv6.
  static let here = allCases.filter { $0 != .ipv6 || hasIPv6 }

  /// As the kernel lists its addresses: what is tested here shall not be asked whether it can be.
  private static let hasIPv6: Bool = {
    let addresses = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)) ?? ""
    let isThere = addresses.contains(String(repeating: "0", count: 31) + "1 ")
    if !isThere { print("there is no loopback of IPv6 here: it is left out") }
    return isThere
  }()
}

/// Networks over the loopback.
final class LoopbackWorld: NetworkWorld {
  private let family: SocketFamily
  private let folder: TemporaryFolder
  private var paths = 0
  let clock: any MixNet.Clock = SystemClock()

  init(_ family: SocketFamily) throws {
    self.family = family
    folder = try TemporaryFolder()
  }

  func makeNetwork() throws -> any Network { try EpollNetwork() }

  func streamAddress() -> Address {
    guard family == .unix else { return datagramAddress() }
    paths += 1
    return .unix("\(folder.path)/\(paths).sock")
  }

  func datagramAddress() -> Address {
    family == .ipv6 ? .ipv6(InlineBytes16(high: 0, low: 1), port: 0) : .loopback(port: 0)
  }

  var tellsReset: Bool { family != .unix }
}

/// Storage in a temporary folder.
final class DiskWorld: StorageWorld {
  private let files: FileStorage
  private let temporary: TemporaryFolder

  init() throws {
    files = try FileStorage()
    temporary = try TemporaryFolder()
  }

  var storage: any Storage { files }
  var folder: String { temporary.path }

  /// Stopping does what is queued; nothing is left to wait for.
  func settle(until isDone: () -> Bool) { eventually(isDone) }
}

/// Mailboxes in a temporary folder, on a clock that the checks turn.
final class FileMailboxWorld: MailboxWorld {
  private let temporary: TemporaryFolder
  private let time = TurnedWall()
  private var made = 0

  init() throws { temporary = try TemporaryFolder() }

  var wall: WallTime {
    get { time.value }
    set { time.value = newValue }
  }

  func makeMailbox(_ limits: MailboxLimits) throws -> any Mailbox {
    made += 1
    let settings = SQLiteMailbox.Settings(path: "\(temporary.path)/\(made).db", limits: limits)
    return try SQLiteMailbox(settings) { [time] in time.value }
  }

  func settle(until isDone: () -> Bool) { eventually(isDone) }
}
