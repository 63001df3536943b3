public import MixNet

/// A simulated machine: addresses, a system that keeps its sockets, clocks, a disk, and one process at a time.
public final class SimHost {
  /// How it is called in traces.
  public let name: String
  /// Its place among the world's hosts.
  public let number: UInt32
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
  public private(set) var isPowered = true
  /// Whether its process runs.
  public private(set) var isUp = false
  /// Why the last boot failed; nil when it did not.
  public private(set) var bootFailure: (any Error)?
  /// How often a process was started.
  public private(set) var boots: UInt32 = 0
  /// Faults that strike hosts pass it by.
  public var isProtected = false

  var pausedUntil: UInt64 = 0
  /// The reactors of the present process, by number.
  private(set) var reactors: [UInt32] = []
  private var networks: [SimNetwork] = []
  private var program: (count: Int, start: ([Environment]) throws -> [any SimReactor])?
  var listeners: [Address: (SimNetwork, UInt64)] = [:]
  var datagramSockets: [Address: (SimNetwork, UInt64)] = [:]
  /// The disk has a job, and the token of its end.
  var isDiskBusy = false
  var diskToken: UInt32 = 0
  private var descriptors = 0
  private var lastPort: UInt16 = 32_767
  /// Numbers the returns that faults have planned: one that was overtaken does nothing.
  private var comeBackToken: UInt32 = 0

  init(name: String, number: UInt32, world: SimWorld) {
    self.name = name
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
      return Environment(network: network, clock: clock, entropy: entropy, storage: storage)
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
    world.slots.append(ReactorSlot(host: self.number, boot: boots, network: network))
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
    return Environment(network: makeNetwork(), clock: clock, entropy: entropy, storage: storage)
  }

  /// How a process ends before its time.
  public enum Crash: Sendable {
    /// It is killed, and its system closes its connections: with a reset where something was not read.
    case killed
    /// It is killed, and all its connections are reset.
    case reset
    /// The host loses power: its connections fall silent, and its disk loses what it had not kept.
    case power
  }

  /// Ends the process. ``restart()`` starts it again.
  public func crash(_ how: Crash) {
    trace(how == .power ? "power" : "crash")
    comeBackToken &+= 1
    if how == .power { isPowered = false }
    stopProcess()
    for stream in world.streams where stream.isInUse {
      for side in 0..<2 where stream.sides[side].host == number && stream.sides[side].state != .gone {
        end(stream, side, how)
      }
    }
    storage.dropJobs()
    isDiskBusy = false
    diskToken &+= 1
    if let line = disk.crash(losesPower: how == .power) { traceDisk(line) }
  }

  private func end(_ stream: Stream, _ side: Int, _ how: Crash) {
    switch how {
    case .power: world.vanish(stream, side: side)
    // What its system still sends is not the process's any more.
    case .killed, .reset:
      guard stream.sides[side].state != .closing else { return }
      let isUnread = stream.sides[1 - side].out.readable > 0
      world.close(stream, side: side, abort: how == .reset || isUnread || stream.sides[side].state == .waiting)
    }
  }

  private func stopProcess() {
    isUp = false
    for network in networks {
      for place in network.table.places {
        while let datagram = network.table[place].datagrams.popFirst() { world.datagrams.give(back: datagram) }
      }
      network.die()
    }
    listeners = [:]
    datagramSockets = [:]
    descriptors = 0
    networks = []
    let ended = reactors
    reactors = []
    for number in ended { world.slots[Int(number)].reactor = nil }
  }

  /// All reactors have ended by themselves: the process has, in good order.
  func processEnded() { crash(.killed) }

  /// The world is gone.
  func endOfWorld() {
    for network in networks { network.die() }
  }

  /// Lets the process stand still for a while; its system goes on. A longer pause wins.
  public func pause(for span: Nanos) {
    trace("pause")
    pausedUntil = max(pausedUntil, (world.now + span).ns)
  }

  /// Takes the power away and empties the disk.
  public func wipe() {
    crash(.power)
    trace("wipe")
    disk.wipe()
  }

  /// Plans to come back after a while.
  func comeBack(after span: Nanos) {
    comeBackToken &+= 1
    world.heap.push(at: (world.now + span).ns, .restart, who: number, token: comeBackToken)
  }

  func comeBack(_ token: UInt32) {
    guard token == comeBackToken, !isUp else { return }
    do { try restart() } catch { trace("bootfailure") }
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
