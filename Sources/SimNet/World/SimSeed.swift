public import MixNet

/// The seed of a world, from which streams follow that do not touch each other: a draw more on one link, in one host or
/// in the workload leaves all others as they were.
public struct SimSeed: Sendable {
  private let root: Seed
  /// The number that the seed was made of: what a report prints and a replay takes.
  public let number: UInt64

  /// The seed of this number.
  public init(_ number: UInt64) {
    self.number = number
    root = Seed(number).derived("simulated world")
  }

  /// What a stream is for.
  public enum Use: Sendable {
    /// The world: which faults strike it as a whole, and whom.
    case world
    /// The choice of faults and rates.
    case configuration
    /// What the world is asked to do; the caller numbers its parts.
    case workload(UInt64)
    /// The choices of a host's system.
    case host(UInt32)
    /// A host's randomness for keys; the second number counts its boots.
    case entropy(UInt32, boot: UInt32)
    /// How a host's questions for names go, in each of its boots.
    case names(UInt32, boot: UInt32)
    /// The faults of a host's disk.
    case disk(UInt32)
    /// What packets meet between two hosts.
    case link(UInt32, UInt32)
    /// What lies between two hosts where links differ.
    case conditions(UInt32, UInt32)
  }

  /// The seed for a use.
  public func derived(_ use: Use) -> Seed {
    switch use {
    case .world: root.derived("world")
    case .configuration: root.derived("configuration")
    case .workload(let number): root.derived("workload", number)
    case .host(let host): root.derived("host", UInt64(host))
    case .entropy(let host, let boot): root.derived("entropy", UInt64(boot) << 32 | UInt64(host))
    case .names(let host, let boot): root.derived("names", UInt64(boot) << 32 | UInt64(host))
    case .disk(let host): root.derived("disk", UInt64(host))
    case .link(let a, let b): root.derived("link", UInt64(min(a, b)) << 32 | UInt64(max(a, b)))
    case .conditions(let a, let b): root.derived("conditions", UInt64(min(a, b)) << 32 | UInt64(max(a, b)))
    }
  }

  /// The stream for a use.
  public func stream(_ use: Use) -> RandomStream { RandomStream(seed: derived(use)) }
}
