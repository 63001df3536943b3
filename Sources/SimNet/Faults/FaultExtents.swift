public import MixNet

/// How large a fault is when it strikes. What lasts is drawn from a distribution; so is the way back.
public struct FaultExtents: Sendable {
  /// What a slow packet takes longer.
  public var latency = Delay.exponential(least: .ms(5), mean: .ms(100))
  /// What a datagram takes longer that is overtaken.
  public var reorder = Delay.uniform(.us(100), .ms(20))
  /// The most bytes of one read, write or segment that is cut short.
  public var partialMax = 1_000
  /// The most bits that are flipped at once.
  public var bitsMax: UInt64 = 32
  /// How long a partition lasts.
  public var partition = Delay.uniform(.ms(200), .s(5))
  /// How long a clog lasts.
  public var clog = Delay.uniform(.ms(50), .ms(500))
  /// How long a host is down.
  public var down = Delay.uniform(.ms(500), .s(10))
  /// How many hosts may be down at once.
  public var downMax = 1
  /// How long a process stands still.
  public var pause = Delay.uniform(.ms(100), .s(10))
  /// How far a wall clock jumps at most, ahead or back.
  public var jumpMax = Nanos.s(86_400)
  /// How wrong a clock runs at most, in millionths.
  public var driftMax: UInt64 = 500
  /// What a slow job of a disk takes longer.
  public var diskSlow = Delay.uniform(.ms(50), .s(2))

  /// The usual extents.
  public init() {}
}
