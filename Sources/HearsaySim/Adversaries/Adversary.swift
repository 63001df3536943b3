public import MixNet

/// One who means harm to a simulated network: a program on a host of its own that speaks to the nodes over raw sockets.
///
/// It gets turns like a node's worker. What it does a second must be bounded, for the run has to go on beside it.
public protocol Adversary: AnyObject {
  /// One turn: takes what its sockets tell, does what is due, and says when it wants the next one.
  func turn() -> Instant
  /// What it has done so far, by name, in an order that is always the same; a run's report shows the sums.
  var deeds: [(name: String, count: Int)] { get }
}

/// A kind of adversary: its name after `--adversaries`, the hosts that it takes, and how one of them is made.
public struct AdversaryKind: Sendable {
  /// The word for it.
  public let name: String
  /// One line for people.
  public let summary: String
  /// The hosts that it takes, all in one netgroup of their own.
  public let hosts: Int
  /// The reasons of which nodes must have counted at least one when it has done much: drops, things given up (`malformed`,
  /// `expired`) and connections that were not let in.
  public let leaves: [String]
  /// What of its doings is held against what nodes have counted, one by one.
  public let counts: Counting
  let make: @Sendable (AdversaryPost) -> any Adversary

  /// A kind.
  public init(
    _ name: String, summary: String, hosts: Int, leaves: [String], counts: Counting = .nothing,
    make: @escaping @Sendable (AdversaryPost) -> any Adversary
  ) {
    (self.name, self.summary, self.hosts, self.leaves, self.counts) = (name, summary, hosts, leaves, counts)
    self.make = make
  }

  /// What nodes must have counted, of each single one.
  public enum Counting: Sendable {
    /// Nothing; some count is enough.
    case nothing
    /// Each packet of its that a node has read was dropped.
    case packets
    /// The same, but for packets whose originals may not have come.
    case copies
    /// Each connection of its on which a node hung up in the handshake was counted: the deed `shown_out`.
    case handshakes
  }

  /// All kinds, in the order in which the swarm draws them. A new one is added here, at the end: then the draws of the others
  /// stay what they are.
  public static let all: [AdversaryKind] = [.replay, .flood, .tamper, .oversize, .slowloris, .sybil, .eclipse]
}

/// Where one host of an adversary stands.
public struct AdversaryPost {
  /// A node that may be attacked.
  public struct Target: Sendable {
    /// Its name.
    public let name: String
    /// Its layer, from 0 on.
    public let layer: Int
    /// Where its chain listens for other nodes.
    public let chain: Address
    /// Where clients attach.
    public let clients: Address
  }

  /// The host's network and clocks.
  public let environment: Environment
  /// The host's number among those of its kind, from 0 on.
  public let number: Int
  /// What its randomness follows from; the same for all hosts of its kind.
  public let kindSeed: Seed
  /// What its own randomness follows from.
  public let seed: Seed
  /// The nodes.
  public let targets: [Target]
  /// Honest packets, as seen on their way into the network.
  public let wiretap: Wiretap
}

/// What is overheard on the way from honest clients into the network: the last packets, and the node that each went to.
public final class Wiretap {
  private var packets: [(target: Int, bytes: [UInt8])] = []
  private var next = 0
  private static let capacity = 256
  /// Nobody listens: then nothing is kept.
  var isOn = false

  func overhear(_ bytes: [UInt8], to target: Int) {
    guard isOn else { return }
    if packets.count < Self.capacity {
      packets.append((target, bytes))
    } else {
      packets[next] = (target, bytes)
      next = (next + 1) % Self.capacity
    }
  }

  /// One of the last packets, and the place of its node among the targets; nil when nothing was overheard yet.
  public func any(_ random: inout RandomStream) -> (target: Int, bytes: [UInt8])? {
    packets.isEmpty ? nil : packets[Int(random.below(UInt64(packets.count)))]
  }
}
