import Messages
public import MixHost
import MixNet
import Relay
public import SimNet
import Sphinx

/// A world gives a worker its turns.
extension Worker: SimReactor {}

/// One node of the network on its host, through all its boots.
final class SimNode {
  /// A process of the node: what it is made of stays to be looked at after it was killed.
  struct Process {
    let node: Node
    let workers: [Worker]
    let networks: [SimNetwork]
    let mailbox: SimMailbox?
    /// What its file says, as it was taken over last.
    var settings: [ConfigSetting]
  }

  /// A process that was killed.
  struct Grave: Sendable {
    let node: String
    let boot: Int
    /// Frames with packets that the process has read from its links and written to them, as seen on the streams.
    let links: FrameMeter.Totals
    /// Packets that it has made, and packets that ended in it: taken by services, or dropped. What it counted itself.
    let made: Int
    let ended: Int
    /// What it still had, by its own count.
    let held: Int
    let queued: Int
    /// What the streams say that it had, less what it says: none.
    var unexplained: Int { links.read + made - links.written - ended - held - queued }
  }

  let host: SimHost
  let number: Int
  private let plan: MixPlan
  private let registry: Registry
  private(set) var process: Process?
  /// What processes that are gone had counted.
  private(set) var past = Tally()
  /// Processes that are gone, in whatever way.
  private(set) var gone = 0
  /// Processes that were killed.
  private(set) var killed = 0
  /// Them, one by one.
  private(set) var graves: [Grave] = []
  /// What its mailboxes have promised.
  let mail = MailboxLog()
  /// How often its files were put back after the disk had damaged them.
  private(set) var repairs = 0
  private var boots: UInt32 = 0
  private var woundsSeen = 0
  /// What its operator has changed in its file, as variables that lie on top of it.
  private var changes: [(String, String)] = []
  private let meter: FrameMeter
  private let talkers: Talkers?
  /// What the meter had seen of this host when the present process began.
  private var begun = FrameMeter.Totals()
  /// Sockets that take connections and datagrams, as its file says.
  private(set) var doors = 0

  /// A node of the plan on a host; the messages that its services take go to `deliveries`, the order in which it sends packets on
  /// to `order`, what moves on its links is asked of `meter`, and `cover` turns its cover off.
  init(
    _ number: Int, on host: SimHost, plan: MixPlan, deliveries: Deliveries = Deliveries(),
    order: FrameOrder = FrameOrder(), meter: FrameMeter = FrameMeter(clientPort: MixPlan.clientPort),
    talkers: Talkers? = nil, betrayal: Betrayal? = nil, tagger: Tagger? = nil, cover: CoverSwitch? = nil
  ) {
    (self.number, self.host, self.plan, self.meter, self.talkers) = (number, host, plan, meter, talkers)
    let watched = WitnessStage.watch(plan.crypto.plugins + [.messages], deliveries, order, betrayal, tagger)
    registry = Registry(cover.map { SwitchedCover.put($0, in: watched) } ?? watched)
  }

  struct BootFailure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts the node; from then on its host starts it again by itself.
  func boot() throws {
    let workers = try load().blueprint.workers
    try host.boot(reactors: workers) { [unowned self] in try start($0) }
  }

  /// Loads the node's files; what was changed lies on top of all else.
  func load(with changes: [(String, String)] = []) throws(BootFailure) -> (
    blueprint: NodeBlueprint, settings: [ConfigSetting]
  ) {
    let path = MixPlan.folder + "/plugins.toml"
    if !host.disk.paths.contains(path) { plan.install(number, on: host) }
    guard let bytes = try? host.disk.read(path, limit: 2 << 20).bytes else {
      throw BootFailure(description: "\(path) cannot be read")
    }
    let file = ConfigFile(
      text: String(decoding: bytes, as: UTF8.self), name: plan.fileName,
      environment: changes + plan.environment(number, on: host)
    )
    let directory = plan.directory
    let loader = NodeLoader(
      registry: registry, files: host.disk, wall: host.clock.wall, base: MixPlan.folder,
      directory: { _ in .success(directory) })
    guard let blueprint = loader.load(file).blueprint else {
      throw BootFailure(description: file.mistakes.map(\.description).joined(separator: "\n"))
    }
    return (blueprint, file.settings)
  }

  private func start(_ environments: [Environment]) throws -> [any SimReactor] {
    bury()
    repair()
    let (blueprint, settings) = try load(with: changes)
    // Clients have a door of their own.
    doors = 1 + blueprint.plans.reduce(0) { $0 + ($1.listen == nil ? 0 : 1) + ($1.datagrams == nil ? 0 : 1) }
    let operation = blueprint.operation
    let limits = MailboxLimits(
      messagesMax: operation.mailboxMessagesMax, clientMax: operation.mailboxClientMax,
      clientsMax: operation.mailboxClientsMax, keep: operation.mailboxKeep)
    let mailbox = blueprint.hasClients ? operation.mailbox.map { host.openMailbox(in: $0, limits, mail) } : nil
    let node = Node(blueprint, seed: environments.first?.entropy.seed() ?? Seed(0), mailbox: mailbox)
    var workers: [Worker] = []
    for (place, environment) in environments.enumerated() {
      workers.append(try node.makeWorker(place, environment: environment))
    }
    process = Process(
      node: node, workers: workers, networks: environments.compactMap { $0.network as? SimNetwork }, mailbox: mailbox,
      settings: settings)
    talkers?.begin(number, on: node, boot: host.boots)
    boots = host.boots
    begun = meter.totals(of: host.number)
    return workers
  }

  /// An operator looks at the files of a node before starting it again, and puts back what its disk has damaged. Damaged tags,
  /// with which the node would not start, are taken away: a new key would be better, but the network has one list of keys.
  private func repair() {
    let wounded = isWounded
    let wounds = host.disk.wounds.dropFirst(woundsSeen)
    woundsSeen = host.disk.wounds.count
    for wound in wounds where wound.isOfTags && [.diskCorrupt, .diskMisdirected].contains(wound.family) {
      host.disk.remove(wound.path)
    }
    guard wounded else { return }
    plan.install(number, on: host)
    repairs += 1
  }

  /// Its disk has damaged its files since the last start.
  var isWounded: Bool {
    host.disk.wounds.dropFirst(woundsSeen).contains { MixPlan.ownFiles.contains($0.path) }
  }

  /// Stops the node as an operator does.
  func stop() { process?.node.stop() }

  /// Gives the process that runs another configuration, as an operator does who changes the file and sends SIGHUP.
  ///
  /// - Returns: true when the process has taken it over, and then it is what the node starts with from now on.
  func reload(_ changes: [(String, String)]) -> Bool {
    guard let process, host.isUp, let new = try? load(with: changes) else { return false }
    do throws(ReloadRefusal) {
      try process.node.reload(new.blueprint, from: process.settings, to: new.settings)
    } catch {
      return false
    }
    self.process?.settings = new.settings
    self.changes = changes
    return true
  }

  /// Takes down what the last process had counted, if it is dead.
  func bury() {
    guard let process, !host.isUp || host.boots != boots else { return }
    let wasKilled = host.endedBoot != boots
    if let status = Node.look(at: process.workers) {
      let tally = Tally(status)
      if wasKilled {
        graves.append(
          Grave(
            node: host.name, boot: Int(boots), links: meter.totals(of: host.number) - begun, made: tally.made,
            ended: tally.ended, held: tally.held, queued: tally.queued))
      }
      past.add(tally)
      past.bury()
    }
    gone += 1
    killed += wasKilled ? 1 : 0
    self.process = nil
  }

  /// The status of the process that runs; nil when none does.
  var status: NodeStatus? { process.flatMap { host.isUp ? Node.look(at: $0.workers) : nil } }

  /// The counts of the process that runs as sums; nil when none does.
  var sums: NodeSums? { process.flatMap { host.isUp ? Node.sums(of: $0.workers) : nil } }

  /// What all its processes have counted so far.
  var tally: Tally {
    var sum = past
    if let status { sum.add(Tally(status)) }
    return sum
  }

  /// Slots of the process that runs that are in use.
  var slotsOut: Int { process?.workers.reduce(0) { $0 + $1.slotsOut } ?? 0 }

  /// The mailbox of the process that runs.
  var mailbox: SimMailbox? { host.isUp ? process?.mailbox : nil }

  /// Sockets that its process has open.
  var openSockets: Int { process?.networks.reduce(0) { $0 + $1.openSockets } ?? 0 }
}

extension DiskWound {
  /// Whether it is the tags of the packets seen that are not what the node was told.
  var isOfTags: Bool { path.hasPrefix(MixPlan.tagFiles) }
}
