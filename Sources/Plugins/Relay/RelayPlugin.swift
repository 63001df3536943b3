public import MixHost

extension Plugin {
  /// Routes, circuits, services: what carries packets from node to node and to those whom they are for.
  public static let relay = Plugin(
    name: "relay", summary: "carries packets to nodes, services and clients",
    stages: [.plain, .circuit, .nextHop, .rateLimit],
    shortNames: [ShortName("NODE_TYPE", sets: "type", in: "circuit")])
}
