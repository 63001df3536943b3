import Gossip
import LinuxNet
import MixHost
import MixNet
import OrderedJSON

/// `hearsay gossip key` and `hearsay gossip keys`.
enum ClusterKeyTool {
  /// Makes a key.
  static func make(_ arguments: Arguments, _ rest: [String]) throws -> Int32 {
    if let word = rest.first { throw UsageError("'gossip key' does not take the word '\(word)'") }
    let path = try arguments.required("out")
    let id: UInt32
    do throws(StorageError) {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try makeFolder(String(path[..<slash]))
      }
      id = try write(path)
    } catch { throw CommandError(error.description) }
    if arguments.has("json") {
      Terminal.out(JSON.object([("ok", .bool(true)), ("file", .text(path)), ("id", .text(KeyID.text(id)))]).line)
    } else {
      Terminal.note("hearsay: the key \(KeyID.text(id)) is in \(path); every node of the cluster needs it")
    }
    return 0
  }

  /// Writes a new key and gives its id. One that is there is not overwritten.
  static func write(_ path: String) throws(StorageError) -> UInt32 {
    var secret = [UInt8](repeating: 0, count: 32)
    var span = secret.mutableSpan
    SystemEntropy().fill(&span)
    var text = Array(Hex.text(secret).utf8) + [UInt8(ascii: "\n")]
    let id = Keyring.id(of: Bytes32(secret))
    defer {
      NetworkPlan.wipe(&secret)
      NetworkPlan.wipe(&text)
    }
    try writeFile(path, text, mode: 0o600, isNew: true)
    return id
  }

  /// Shows or changes the keys of a running node.
  static func change(_ arguments: Arguments, _ rest: [String], _ registry: Registry) throws -> Int32 {
    let request = try request(rest)
    let client = try DoorClient.of(arguments, registry)
    if request != .keys { _ = try client.ask(request) }
    guard case .json(let bytes) = try client.ask(.keys), let ids = JSON(bytes)?["keys"]?.list?.compactMap(\.text) else {
      throw CommandError("the node did not answer with its keys")
    }
    if arguments.has("json") {
      Terminal.out(JSON.object([("keys", .list(ids.map { .text($0) }))]).line)
    } else if ids.isEmpty {
      Terminal.note("hearsay: the cluster's nodes sign: they share no key")
    } else {
      for (place, id) in ids.enumerated() { Terminal.out(place == 0 ? "\(id)  in use" : id) }
    }
    return 0
  }

  private static func request(_ rest: [String]) throws -> DoorRequest {
    let words = ["list", "install", "use", "remove"]
    guard let word = rest.first else {
      throw UsageError("'gossip keys' needs a word for what to do (one of: \(words.joined(separator: ", ")))")
    }
    guard words.contains(word) else {
      throw UsageError("'gossip keys' does not take the word '\(word)'\(didYouMean(word, in: words))")
    }
    let wanted = word == "list" ? 1 : 2
    guard rest.count == wanted else {
      let what = word == "list" ? "stands alone" : word == "install" ? "needs one file" : "needs one key's id"
      throw UsageError("'gossip keys \(word)' \(what)")
    }
    if word == "list" { return .keys }
    if word == "install" { return .install(key: try key(rest[1])) }
    guard let id = KeyID.read(rest[1]) else { throw UsageError("'\(rest[1])' is no key's id: it has eight hex digits") }
    return word == "use" ? .use(key: id) : .remove(key: id)
  }

  private static func key(_ path: String) throws -> Bytes32 {
    var read: [UInt8]
    do { read = try readFile(path, limit: 1_024).bytes } catch { throw CommandError(error.description) }
    guard let key = Hex.withSecret(&read, { Bytes32($0) }) else {
      throw CommandError("\(path) holds no key: it must be 64 hex digits")
    }
    return key
  }
}
