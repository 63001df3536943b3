public import MixNet

/// A simulated machine: addresses, a system that keeps its sockets, clocks, a disk, and one process at a time.
public final class SimHost {
  /// How it is called in traces.
  public let name: String
  /// Its place among the world's hosts.
  public let number: UInt32
  let netgroup: UInt8
  unowned let world: SimWorld
  let nameBytes: [UInt8]
  /// Its clocks; they go on while it is down.
  public let clock: SimClock
  /// Its disk.
  public let disk: SimDisk
  /// What its storage answers comes from here; see ``Storage``.
  let storage: SimStorage
  private var random: RandomStream

  /// Whether its system answers: it does not without power.
  public internal(set) var isPowered = true
  /// Whether its process runs.
  public internal(set) var isUp = false
  /// Why the last boot failed; nil when it did not.
  public private(set) var bootFailure: (any Error)?
  /// How many turns the reactors of its processes had.
  public internal(set) var turns: UInt64 = 0
  /// How often a process was started.
  public private(set) var boots: UInt32 = 0
  /// The last of them whose process has ended by itself, and was not killed; 0 when none has.
  public internal(set) var endedBoot: UInt32 = 0
  /// Faults that strike hosts pass it by.
  public var isProtected = false

  var pausedUntil: UInt64 = 0
  /// The reactors of the present process, by number.
  var reactors: [UInt32] = []
  var networks: [SimNetwork] = []
  private var program: (count: Int, start: ([Environment]) throws -> [any SimReactor])?
  var listeners: [Address: (SimNetwork, UInt64)] = [:]
  var datagramSockets: [Address: (SimNetwork, UInt64)] = [:]
  /// The disk has a job, and the token of its end.
  var isDiskBusy = false
  var diskToken: UInt32 = 0
  var descriptors = 0
  private var lastPort: UInt16 = 32_767
  /// Numbers the returns that faults have planned: one that was overtaken does nothing.
  var comeBackToken: UInt32 = 0

  init(name: String, number: UInt32, netgroup: UInt8, world: SimWorld) {
    self.name = name
    self.netgroup = netgroup
    self.number = number
    self.world = world
    nameBytes = Array(name.utf8.map { $0 > 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "_") })
    clock = SimClock(time: world.clockTime, wall: world.settings.wall)
    disk = SimDisk(seed: world.seed.derived(.disk(number)), settings: world.settings.disk)
    storage = SimStorage(bell: world.bell, host: number, jobsMax: world.settings.disk.jobsMax)
    random = world.seed.stream(.host(number))
  }

  /// The one draw of a call.
  func roll() -> Dice { Dice(word: random.next()) }

  // MARK: A process

  /// Starts a process of some reactors, each on an environment of its own, as a node has workers. `start` makes them;
  /// it is kept for ``restart()``. What it throws is thrown, and the host stays without a process.
  public func boot(reactors count: Int = 1, _ start: @escaping ([Environment]) throws -> [any SimReactor]) throws {
    program = (count, start)
    try restart()
  }

  /// Starts the process anew, after the one that runs, if one does, is killed. The host has power from now on.
  public func restart() throws {
    if isUp { crash(.killed) }
    guard let program else { return }
    isPowered = true
    comeBackToken &+= 1
    boots += 1
    pausedUntil = 0
    trace("boot")
    drift()
    let entropy = SimEntropy(seed: world.seed.derived(.entropy(number, boot: boots)))
    let environments = (0..<max(1, program.count)).map { _ in
      let network = makeReactorNetwork()
      return Environment(
        network: network, clock: clock, entropy: entropy, storage: storage, resolver: SimResolver(self, boot: boots))
    }
    isUp = true
    do {
      for (place, reactor) in try program.start(environments).enumerated() where place < reactors.count {
        world.slots[Int(reactors[place])].reactor = reactor
        world.rouse(reactors[place])
      }
      bootFailure = nil
    } catch {
      bootFailure = error
      crash(.killed)
      throw error
    }
  }

  /// Whether one process may be started after another: a program is known.
  var hasProgram: Bool { program != nil }

  private func makeReactorNetwork() -> SimNetwork {
    let number = UInt32(world.slots.count)
    let network = SimNetwork(host: self, world: world, reactor: number)
    world.slots.append(ReactorSlot(Int(number), host: self, boot: boots, network: network))
    reactors.append(number)
    networks.append(network)
    return network
  }

  /// A network of this host that no reactor serves: ``SimWorld/wait(_:until:into:)`` waits for it. It ends with the
  /// host's process, or its power.
  public func makeNetwork() -> SimNetwork {
    let network = SimNetwork(host: self, world: world, reactor: nil)
    networks.append(network)
    return network
  }

  /// Everything a reactor gets, on a network that none serves.
  public func environment() -> Environment {
    let entropy = SimEntropy(seed: world.seed.derived(.entropy(number, boot: boots)))
    return Environment(
      network: makeNetwork(), clock: clock, entropy: entropy, storage: storage, resolver: SimResolver(self, boot: boots)
    )
  }

  private func drift() {
    let dice = roll()
    guard dice.hits(.drift, world.faults) else { return clock.setDrift(0) }
    world.fire(.drift, self)
    let most = Int64(clamping: world.settings.extents.driftMax)
    clock.setDrift(Int64(dice.detail(.drift, below: UInt64(2 * most + 1))) - most)
  }

  // MARK: Descriptors

  func takeDescriptor() -> Bool {
    guard descriptors < world.settings.descriptorsMax else { return false }
    descriptors += 1
    return true
  }

  func returnDescriptor() { descriptors -= 1 }

  /// The next port that the system gives to one who asks for any.
  func nextPort() -> UInt16 {
    lastPort = lastPort == .max ? 32_768 : lastPort + 1
    return lastPort
  }

  func trace(_ kind: StaticString) {
    guard world.trace.isOn else { return }
    world.trace.begin(world.ns, nameBytes, kind)
    world.trace.fact("boot", UInt64(boots))
    world.trace.end()
  }
}

@available(*, unavailable)
extension SimHost: Sendable {}
