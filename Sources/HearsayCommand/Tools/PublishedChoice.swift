import MixNet
import OrderedJSON
import VRFDelay

/// What a node publishes of its choice of peers: a line of its file `peers.CHAIN`, as it was read.
struct PublishedChoice {
  /// The fields of such a line.
  static let names = [
    "public_key", "node", "chain", "epoch_s", "epoch", "peers", "among", "weights", "list", "pi",
  ]

  let rules: PeerRules
  /// The node's address.
  let node: Bytes32
  let epoch: UInt64
  private let key: Bytes32
  private let claim: PeerClaim

  /// The choice in these fields, true or not.
  init(_ fields: LineFields) throws(LineError) {
    rules = PeerRules(
      chain: try fields.chain(),
      epochSeconds: UInt32(truncatingIfNeeded: try fields.number("epoch_s", in: 1...604_800)),
      peers: Int(try fields.number("peers", in: 1...256)),
      among: try fields.choice("among", PeerRules.Among.self),
      weighting: try fields.choice("weights", PeerRules.Weighting.self))
    node = Bytes32(try fields.bytes("node", 32))
    key = Bytes32(try fields.bytes("public_key", 32))
    epoch = try fields.number("epoch", in: 0...UInt64.max)
    claim = PeerClaim(
      epoch: epoch, list: Bytes32(try fields.bytes("list", 32)), rules: rules.tag, proof: try fields.bytes("pi", 80))
  }

  /// Whom the node chose, in order, if it had to choose so; else why that does not count. Some 500 us.
  func peers(in list: PeerList) throws(PeerRefusal) -> [Bytes32] {
    let peers = try claim.peers(of: node, rules, in: list)
    guard let start = rules.start(of: epoch), list.entry(of: node)?.key(at: start) == key else { throw .notListed }
    return peers
  }
}

extension LineFields {
  /// A chain's name.
  func chain() throws(LineError) -> String {
    let allowed = "the chain's name"
    let json = try value("chain", allowed)
    guard let name = json.text, name.utf8.count <= 65_535 else {
      throw wrong("chain", allowed, found: Self.found(json))
    }
    return name
  }

  /// One of some words.
  func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ name: String, _: Choice.Type
  ) throws(LineError) -> Choice {
    let allowed = "one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", "))"
    let json = try value(name, allowed)
    guard let choice = json.text.flatMap(Choice.init(rawValue:)) else {
      throw wrong(name, allowed, found: Self.found(json))
    }
    return choice
  }
}
