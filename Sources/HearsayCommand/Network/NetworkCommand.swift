import LinuxNet
import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let network = Command(
    name: "network", plainMax: 1, takes: "new --nodes N --out DIR",
    summary: "makes keys and a configuration for each node of a new network, and network.json with what is public",
    options: [
      Option("nodes", "N", "how many nodes (1 to 1000)"), Option("out", "DIR", "a folder that does not exist yet"),
      Option("port", "PORT", "first of the nodes' ports, two for each; 9001 if not given"),
      Option(
        "features", "LIST",
        "of the chain: sphinx (default), vrf_delay, vrf_peers, cover_traffic; empty for the plain relay"),
      Option("json", nil, "one JSON object on standard output"),
    ]
  ) { arguments, _ in
    guard arguments.plain.first == "new" else {
      throw UsageError("'network' takes the word 'new'" + (arguments.plain.first.map { "; found '\($0)'" } ?? ""))
    }
    _ = try arguments.required("nodes")
    let nodes = try arguments.int("nodes", default: 3, in: 1...1_000)
    let folder = try arguments.required("out")
    let port = try arguments.int("port", default: 9_001, in: 1...65_536 - 2 * nodes)
    let plan = NetworkPlan(
      nodes: nodes, features: try features(arguments.text("features")), firstPort: UInt16(truncatingIfNeeded: port))
    guard !exists(folder) else { throw CommandError("\(folder) is there already; choose a new folder") }
    let directory = try plan.write(to: folder, now: SystemClock().wall)
    if arguments.has("json") {
      Terminal.out(JSON.object([("out", .text(folder)), ("nodes", .int(nodes))]).line)
    } else {
      Terminal.out("\(nodes) nodes in \(folder); start each with: hearsay run \(folder)/NAME/plugins.toml")
      Terminal.out("names: \(directory.nodes.map(\.name).joined(separator: ", "))")
    }
    return 0
  }

  /// The features of a comma-separated list.
  static func features(_ text: String?) throws(UsageError) -> [NetworkPlan.Feature] {
    guard let text else { return [.sphinx] }
    var features: [NetworkPlan.Feature] = []
    for word in text.split(separator: ",").map(String.init) {
      guard let feature = NetworkPlan.Feature(rawValue: word) else {
        let names = NetworkPlan.Feature.allCases.map(\.rawValue)
        throw UsageError(
          "there is no feature '\(word)'\(didYouMean(word, in: names)) (features: \(names.joined(separator: ", ")))")
      }
      features.append(feature)
    }
    if features.contains(.coverTraffic), !features.contains(.sphinx) {
      throw UsageError("the feature 'cover_traffic' needs 'sphinx': only its packets can be made to look like others")
    }
    if features.contains(.vrfDelay), !features.contains(.sphinx) {
      throw UsageError("the feature 'vrf_delay' needs 'sphinx': it delays packets by their replay tags")
    }
    if features.contains(.vrfPeers), !features.contains(.sphinx) {
      throw UsageError("the feature 'vrf_peers' needs 'sphinx': the plain relay's ways are fixed")
    }
    return features
  }
}
