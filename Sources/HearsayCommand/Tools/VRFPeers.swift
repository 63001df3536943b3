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
    let fields = try LineFields(
      line: line,
      names: [
        "public_key", "node", "chain", "epoch_s", "epoch", "peers", "among", "weights", "list", "pi", "network",
      ])
    let rules = try Self.rules(fields)
    let node = Bytes32(try fields.bytes("node", 32))
    let key = Bytes32(try fields.bytes("public_key", 32))
    let epoch = try fields.number("epoch", in: 0...UInt64.max)
    let claim = PeerClaim(
      epoch: epoch, list: Bytes32(try fields.bytes("list", 32)), rules: rules.tag, proof: try fields.bytes("pi", 80))
    let directory = try Self.directory(fields)
    let list = PeerList(directory, chain: rules.chain)
    func name(_ address: Bytes32) -> String {
      directory.nodes.first { $0.address == address }?.name ?? address.description
    }
    do throws(PeerRefusal) {
      let peers = try claim.peers(of: node, rules, in: list)
      guard let start = rules.start(of: epoch), list.entry(of: node)?.key(at: start) == key else { throw .notListed }
      isValid = true
      json = .object([
        ("valid", .bool(true)), ("refusal", .null), ("node", .text(name(node))),
        ("peers", .list(peers.map { .text(name($0)) })),
      ])
    } catch {
      isValid = false
      json = .object([
        ("valid", .bool(false)), ("refusal", .text(error.rawValue)), ("node", .text(name(node))), ("peers", .list([])),
      ])
    }
  }

  private static func rules(_ fields: LineFields) throws(LineError) -> PeerRules {
    PeerRules(
      chain: try fields.chain(),
      epochSeconds: UInt32(truncatingIfNeeded: try fields.number("epoch_s", in: 1...604_800)),
      peers: Int(try fields.number("peers", in: 1...256)),
      among: try fields.choice("among", PeerRules.Among.self),
      weighting: try fields.choice("weights", PeerRules.Weighting.self))
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
