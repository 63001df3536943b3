import MixHost
import MixNet

/// The ways of a node's cover where nodes choose their peers: along choices that are known, and no others. A packet by a node
/// that has chosen otherwise would be dropped there, and count as a loss that nobody caused.
///
/// Of all ways that are possible each is as likely as any other. They are counted anew when the choices have changed.
final class ChosenRoutes {
  /// What a way is for.
  enum Kind: Int, CaseIterable {
    /// Home again.
    case loop
    /// To the last layer, or through all.
    case drop
    /// The same, but from the last layer no further than to the first.
    case shortDrop
  }

  private let chooser: any PeerChooser
  private let addresses: [Bytes32]
  private let places: [Bytes32: Int]  // for look-ups only
  private let own: Int
  /// The nodes of each step of a way of each kind.
  private let steps: [[[Int]]]
  private var seen: UInt64?
  private var ways: [ChosenWays] = []

  /// The ways of the node at place `own`; `steps` has, for each kind in order, the nodes that each step may be.
  init(_ chooser: any PeerChooser, _ nodes: [NetworkDirectory.Node], own: Int, steps: [[[Int]]]) {
    self.chooser = chooser
    addresses = nodes.map(\.address)
    places = Dictionary(addresses.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.own = own
    self.steps = steps
  }

  /// A way of a kind; nil when none is known now.
  func draw(_ kind: Kind, _ random: inout RandomStream) -> CoverRoute? {
    refresh()
    var route = CoverRoute()
    return ways[kind.rawValue].draw(&random) { route.append($0) } ? route : nil
  }

  /// Whom this node may use now, by their places: its present choice and, while they overlap, the one before, to which packets are still
  /// on their way.
  var nextHops: [Int] { addresses.indices.filter { chooser.isChosen(addresses[$0]) } }

  private func refresh() {
    guard seen != chooser.revision else { return }
    seen = chooser.revision
    let choices = addresses.map { address in
      (chooser.peers(of: address) ?? []).compactMap { places[$0] }
    }
    ways = steps.map { ChosenWays(from: choices[own], through: $0, choices: choices) }
  }
}
