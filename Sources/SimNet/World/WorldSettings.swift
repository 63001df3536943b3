public import MixNet

/// What a world is like when nothing goes wrong, and what goes wrong in it.
public struct WorldSettings: Sendable {
  /// When the world begins.
  public var start = Instant(ns: 1_000_000_000)
  /// What wall clocks show then.
  public var wall = WallTime(ns: 1_750_000_000_000_000_000)
  /// The least time between two turns of one reactor: what a turn costs.
  public var turnCost = Nanos.us(1)
  /// What goes wrong.
  public var faults = FaultPlan.quiet
  /// How large the faults are.
  public var extents = FaultExtents()
  /// Links between hosts that are given no other conditions.
  public var link = LinkConditions()
  /// How links between hosts differ; nil: they all have the conditions of ``link``.
  public var variety: LinkVariety?
  /// A link's packets take longer by a length of its own, drawn once a link; half of it each way.
  public var linkSpread = Nanos.zero
  /// Streams.
  public var streams = StreamSettings()
  /// How long the answer to a question for a host's name takes.
  public var nameDelay = Delay.exponential(least: .ms(1), mean: .ms(20))
  /// Disks.
  public var disk = DiskSettings()
  /// The descriptors that a host has for its sockets.
  public var descriptorsMax = 1_024
  /// What is written down of the run.
  public var trace = TraceSettings()

  /// A quiet world.
  public init() {}
}

/// What a link between two hosts is like, each way.
public struct LinkConditions: Sendable, Equatable {
  /// How long a packet takes.
  public var delay: Delay
  /// Bytes a second; 0 is as many as one likes.
  public var bandwidth: UInt64
  /// How many bytes of datagrams are under way at once; those that find no room are lost.
  public var capacity: Int

  /// Conditions of these.
  public init(delay: Delay = .uniform(.us(500), .ms(2)), bandwidth: UInt64 = 0, capacity: Int = 4 << 20) {
    self.delay = delay
    self.bandwidth = bandwidth
    self.capacity = capacity
  }

  /// What a host has to itself.
  static let loopback = LinkConditions(delay: .uniform(.us(5), .us(20)), capacity: .max)
}

/// How streams behave: TCP with its usual numbers.
public struct StreamSettings: Sendable, Equatable {
  /// Bytes that one packet carries at most. Real systems hand 16 to 64 KiB at once to a card that cuts them.
  public var segmentMax = 16 << 10
  /// Bytes that a sender keeps until they are acknowledged.
  public var sendBuffer = 256 << 10
  /// Bytes that a receiver keeps until they are read.
  public var window = 256 << 10
  /// The time after which a lost packet is sent again; each further time takes twice as long (RFC 6298).
  public var retransmitFirst = Nanos.ms(200)
  /// The longest such time.
  public var retransmitMax = Nanos.s(30)
  /// A connection that could send nothing for so long is broken.
  public var giveUp = Nanos.s(900)
  /// The time after which a connect is tried again; each further time takes twice as long.
  public var connectFirst = Nanos.s(1)
  /// A connect that was answered by nobody for so long has failed.
  public var connectGiveUp = Nanos.s(127)
  /// The time after which it is known that no host has an address.
  public var unreachableAfter = Nanos.s(3)

  /// The usual numbers.
  public init() {}
}

/// How disks behave when nothing goes wrong.
public struct DiskSettings: Sendable, Equatable {
  /// How long a read takes, beside its bytes.
  public var read = Delay.uniform(.us(50), .us(200))
  /// How long a write takes until it lasts, beside its bytes.
  public var write = Delay.uniform(.ms(1), .ms(5))
  /// Bytes a second.
  public var bandwidth: UInt64 = 150_000_000
  /// Bytes that it holds.
  public var capacity = 1 << 30
  /// Jobs that wait at most.
  public var jobsMax = 256

  /// The usual numbers.
  public init() {}
}
