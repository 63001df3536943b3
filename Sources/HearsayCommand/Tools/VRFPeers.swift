import MixHost
import MixNet
import OrderedJSON
import VRFDelay

/// Whom a node has chosen as its peers, as a line of its file `peers.CHAIN` and the network file tell it.
struct VRFPeers {
  /// What is answered.
  let json: JSON
  /// The node had to choose so.
  let isValid: Bool

  /// Reads and judges a line.
  init(_ line: [UInt8]) throws(LineError) {
    let fields = try LineFields(line: line, names: PublishedChoice.names + ["network"])
    let choice = try PublishedChoice(fields)
    let directory = try Self.directory(fields)
    let list = PeerList(directory, chain: choice.rules.chain)
    func name(_ address: Bytes32) -> String {
      directory.nodes.first { $0.address == address }?.name ?? address.description
    }
    do throws(PeerRefusal) {
      let peers = try choice.peers(in: list)
      isValid = true
      json = .object([
        ("valid", .bool(true)), ("refusal", .null), ("node", .text(name(choice.node))),
        ("peers", .list(peers.map { .text(name($0)) })),
      ])
    } catch {
      isValid = false
      json = .object([
        ("valid", .bool(false)), ("refusal", .text(error.rawValue)), ("node", .text(name(choice.node))),
        ("peers", .list([])),
      ])
    }
  }

  private static func directory(_ fields: LineFields) throws(LineError) -> NetworkDirectory {
    let allowed = "the network file's path"
    let json = try fields.value("network", allowed)
    guard let path = json.text else { throw fields.wrong("network", allowed, found: LineFields.found(json)) }
    switch NetworkFile.read(path) {
    case .success(let directory): return directory
    case .failure(let error): throw LineError(error.description)
    }
  }
}
