import MixHost
import MixNet

/// What `[sphinx]` says.
struct SphinxConfig: Sendable {
  enum Format: String, CaseIterable, Sendable {
    case nym
  }

  let format: Format
  let size: SphinxSize
  let keyFile: String

  init(from table: inout ConfigTable) {
    format = table.choice("format", default: .nym, "the packets' layout, byte for byte")
    let payload = table.int(
      "payload_size", default: SphinxSize.regular.payload, in: SphinxSize.payloads,
      "bytes of a packet's payload, the same in the whole network")
    size = (try? SphinxSize(payload: payload)) ?? .regular
    keyFile = table.path(
      "key_file", default: "sphinx.key", "the node's secret key, 64 hex digits, mode 0600; in the state folder")
  }

  /// Sphinx frames have one size.
  var shape: DecodeShape {
    DecodeShape(
      framing: .peer, limits: FrameLimits(size.packet...size.packet),
      protocolName: "hearsay sphinx \(format.rawValue) \(size.payload)", scratchSize: SphinxSecrets.size)
  }

  /// Reads the node's key; nil, and a mistake is reported, when it cannot be used.
  func readKey(_ context: inout LoadContext) -> SphinxSecretKey? {
    let path = context.node.path(keyFile)
    if let listed = context.node.directory.payloadSize, listed != size.payload {
      context.mistake("'payload_size' is \(size.payload), but the network file says \(listed)")
    }
    do throws(StorageError) {
      var file = try context.files.read(path, limit: 1_024)
      defer { for i in file.bytes.indices { file.bytes[i] = 0 } }
      guard file.mode & 0o077 == 0 else {
        context.mistake("\(path) is readable by others (mode \(String(file.mode & 0o777, radix: 8))); set it to 600")
        return nil
      }
      guard let key = SphinxSecretKey(hexDigits: &file.bytes) else {
        context.mistake("\(path) holds no key: it must be 64 hex digits")
        return nil
      }
      guard isListed(key, context) else {
        context.mistake("\(path) is not the key that the network file lists for node '\(context.node.name)' now")
        return nil
      }
      return key
    } catch {
      context.mistake("the secret key cannot be read: \(error.description)")
      return nil
    }
  }

  /// What senders would encrypt for, if the network file says it.
  private func isListed(_ key: SphinxSecretKey, _ context: LoadContext) -> Bool {
    guard let node = context.node.directory.node(named: context.node.name) else { return true }
    let listed = node.keys.filter { $0.purpose == "sphinx" && $0.isValid(at: context.wall) }
    return listed.isEmpty || listed.contains { $0.bytes == key.publicKey }
  }
}

extension SphinxSecretKey {
  /// Reads 64 hex digits, with or without a line's end; nil when they are none. The digits are wiped.
  convenience init?(hexDigits bytes: inout [UInt8]) {
    while let last = bytes.last, last == 0x0a || last == 0x0d || last == 0x20 { bytes.removeLast() }
    var secret = [UInt8](repeating: 0, count: 32)
    defer {
      for i in secret.indices { secret[i] = 0 }
      for i in bytes.indices { bytes[i] = 0 }
    }
    guard bytes.count == 64 else { return nil }
    for i in 0..<64 {
      let code = bytes[i]
      let digit: UInt8
      switch code {
      case 0x30...0x39: digit = code - 0x30
      case 0x41...0x46: digit = code - 0x37
      case 0x61...0x66: digit = code - 0x57
      default: return nil
      }
      secret[i / 2] = secret[i / 2] << 4 | digit
    }
    try? self.init(secret.span)
  }
}
