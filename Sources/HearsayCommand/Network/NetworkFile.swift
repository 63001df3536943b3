import LinuxNet
import MixHost
import MixNet
import OrderedJSON

/// `network.json`: what is public of a network's nodes.
enum NetworkFile {
  /// Reads a file, or says in one sentence what is wrong with it.
  static func read(_ path: String) -> Result<NetworkDirectory, BuildError> {
    do throws(StorageError) {
      return parse(try readFile(path, limit: 64 << 20).bytes, path: path)
    } catch { return .failure(BuildError(error.description)) }
  }

  /// Reads the bytes of the file at `path`.
  static func parse(_ bytes: [UInt8], path: String) -> Result<NetworkDirectory, BuildError> {
    guard let json = JSON(bytes), let nodes = json["nodes"]?.list else {
      return .failure(BuildError("\(path) is no network file: it has no list 'nodes'"))
    }
    var read: [NetworkDirectory.Node] = []
    for (number, node) in nodes.enumerated() {
      switch self.node(node) {
      case .success(let value): read.append(value)
      case .failure(let error): return .failure(BuildError("\(path): node \(number): \(error.description)"))
      }
    }
    var salt: Bytes32?
    if let field = json["salt"] {
      salt = field.text.flatMap(Bytes32.init(hex:))
      guard salt != nil else { return .failure(BuildError("\(path): 'salt' must be 64 hex digits")) }
    }
    return .success(NetworkDirectory(nodes: read, payloadSize: json["payload_size"]?.int, salt: salt))
  }

  private static func node(_ json: JSON) -> Result<NetworkDirectory.Node, BuildError> {
    guard let name = json["name"]?.text else { return .failure(BuildError("'name' is missing")) }
    guard let layer = json["layer"]?.int, (0...255).contains(layer) else {
      return .failure(BuildError("'layer' must be a whole number in 0...255"))
    }
    guard let address = json["address"]?.text.flatMap(Bytes32.init(hex:)) else {
      return .failure(BuildError("'address' must be 64 hex digits"))
    }
    var chains: [(name: String, address: Address)] = []
    for (chain, place) in json["chains"]?.fields ?? [] {
      guard let place = place.text.flatMap(Address.target) else {
        return .failure(BuildError("the address of chain '\(chain)' is none"))
      }
      chains.append((chain, place))
    }
    var keys: [NetworkDirectory.Key] = []
    for key in json["keys"]?.list ?? [] {
      guard let purpose = key["purpose"]?.text, let bytes = key["key"]?.text.flatMap(Bytes32.init(hex:)),
        let from = key["from"]?.int, let until = key["until"]?.int
      else { return .failure(BuildError("a key needs 'purpose', 'key', 'from' and 'until'")) }
      keys.append(.init(purpose: purpose, bytes: bytes, from: Int64(from), until: Int64(until)))
    }
    var capacity = 1
    if let field = json["capacity"] {
      guard let value = field.int, capacities.contains(value) else {
        return .failure(BuildError("'capacity' must be a whole number in 0...1000000"))
      }
      capacity = value
    }
    return .success(
      NetworkDirectory.Node(
        name: name, layer: layer, address: address, chains: chains,
        clients: json["clients"]?.text.flatMap(Address.target), keys: keys, capacity: UInt32(capacity)))
  }

  private static let capacities = 0...1_000_000

  /// The file's text.
  static func text(_ directory: NetworkDirectory) -> String {
    let size = directory.payloadSize.map { [("payload_size", JSON.int($0))] } ?? []
    let salt = directory.salt.map { [("salt", JSON.text($0.description))] } ?? []
    return JSON.object(size + salt + [("nodes", .list(directory.nodes.map(json)))]).pretty() + "\n"
  }

  private static func json(_ node: NetworkDirectory.Node) -> JSON {
    let facts: [(String, JSON)] = [
      ("name", .text(node.name)), ("layer", .int(node.layer)), ("address", .text(node.address.description)),
    ]
    let capacity = node.capacity == 1 ? [] : [("capacity", JSON.int(Int(node.capacity)))]
    let rest: [(String, JSON)] = [
      ("chains", .object(node.chains.map { ($0.name, .text($0.address.description)) })),
      ("clients", node.clients.map { .text($0.description) } ?? .null),
      (
        "keys",
        .list(
          node.keys.map { key in
            .object([
              ("purpose", .text(key.purpose)), ("key", .text(key.bytes.description)), ("from", .int(Int(key.from))),
              ("until", .int(Int(key.until))),
            ])
          })
      ),
    ]
    return .object(facts + capacity + rest)
  }
}
