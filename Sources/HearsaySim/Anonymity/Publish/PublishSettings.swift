import Glibc
import MixNet
import SimNet

/// Who publishes through which mix to which cluster, and how much of it is looked at.
struct PublishSettings: Sendable {
  /// The mix, and the messages a second of all senders together; its `targets` are the messages that are looked at.
  var network = AnonymitySettings(rate: 20, width: 3, targets: 1_000)
  /// Users who send, each as often as the others.
  var senders = 20
  /// Members of the cluster that are no mixes: beside the mixes of the last layer.
  var members = 5
  /// Messages say which member has published them.
  var namesOrigin = true

  /// Messages that are looked at.
  var messages: Int { network.targets }

  /// No attacker knows less than this many bits: all users are as likely.
  var mostBits: Double { log2(Double(senders)) }

  /// The mean time in all mixes.
  private var meanPath: Nanos { Nanos(UInt64(network.layers) * network.meanDelay.ns) }
  /// Pools are as full as they become after this.
  var burnIn: Nanos { Nanos(10 * meanPath.ns) + .s(1) }
  /// In this time the messages come that are looked at, or something is wrong.
  var window: Nanos { Nanos(UInt64(2 * Double(messages) / network.rate * 1e9)) + .s(60) }

  /// A mix with a cluster behind it that fits.
  func shape(_ cluster: ClusterPlan) -> MixPlan.Shape {
    var network = network
    network.span = burnIn + window
    var shape = network.shape
    shape.cluster = cluster
    return shape
  }

  /// A user's host, in a network of its own: a node lets in only so many links from one.
  static func userHost(_ number: Int, in world: SimWorld) -> SimHost {
    world.host(named: "user-\(number + 1)", netgroup: UInt8(1 + number % 200))
  }

  /// The words after `hearsay-sim` that make this again.
  var words: String {
    "anonymity publish --seed \(network.seed) --rate \(Int(network.rate)) --senders \(senders) --layers \(network.layers)"
      + " --width \(network.width) --mean-delay-ms \(network.meanDelay.ms) --messages \(messages) --members \(members)"
      + " --crypto \(network.crypto.rawValue) --delay \(network.delay.rawValue)"
      + (network.coverPerSecond > 0 ? " --cover \(network.coverPerSecond)" : "") + (namesOrigin ? "" : " --no-origins")
  }
}
