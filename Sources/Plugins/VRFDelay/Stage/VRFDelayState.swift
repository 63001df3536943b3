import MixHost
import MixNet

/// What the stage begins with: the node's key, and what it left behind when it last ran.
struct VRFDelayState: Sendable {
  let key: VRFSecretKey
  let marker: EpochMarker?
  /// Whether there was a marker that nobody can read. The node goes on all the same: only a clock that was set back as well
  /// could bring an old epoch again.
  let hasLostMarker: Bool
  /// The wall clock at loading.
  let wall: WallTime

  /// Reads key and marker; nil, and a mistake is reported, when one cannot be used.
  init?(_ config: VRFDelayConfig, _ context: inout LoadContext) {
    guard let key = Self.readKey(config, &context) else { return nil }
    self.key = key
    wall = context.wall
    let path = Self.markerPath(context.plan.name, context.node)
    let file = try? context.files.read(path, limit: EpochMarker.sizeMax)
    let marker = file.flatMap { EpochMarker($0.bytes) }
    hasLostMarker = file != nil && marker == nil
    // Epochs of another length have other proofs.
    self.marker = marker?.seconds == config.epochSeconds ? marker : nil
  }

  /// Where the stage keeps which epoch it is in.
  static func markerPath(_ chain: String, _ node: NodeFacts) -> String {
    let isPlain = chain.utf8.allSatisfy {
      $0 < 0x80 && ($0 == 0x2d || $0 == 0x5f || Character(Unicode.Scalar($0)).isWord)
    }
    return node.path("vrf_delay." + (isPlain ? chain : Fingerprint.of(chain).description))
  }

  /// Where it publishes its proofs.
  static func proofsPath(_ node: NodeFacts) -> String { node.path("proofs") }

  private static func readKey(_ config: VRFDelayConfig, _ context: inout LoadContext) -> VRFSecretKey? {
    let path = context.node.path(config.keyFile)
    do throws(StorageError) {
      var file = try context.files.read(path, limit: 1_024)
      defer { wipe(&file.bytes) }
      guard file.mode & 0o077 == 0 else {
        context.mistake("\(path) is readable by others (mode \(String(file.mode & 0o777, radix: 8))); set it to 600")
        return nil
      }
      guard let key = VRFSecretKey(hexDigits: file.bytes.span) else {
        context.mistake("\(path) holds no key: it must be 64 hex digits")
        return nil
      }
      guard isListed(key, context) else {
        context.mistake("\(path) is not the key that the network file lists for node '\(context.node.name)' now")
        return nil
      }
      return key
    } catch {
      context.mistake("the secret key of the VRF cannot be read: \(error.description)")
      return nil
    }
  }

  /// What auditors would look for, if the network file says it.
  private static func isListed(_ key: VRFSecretKey, _ context: LoadContext) -> Bool {
    guard let node = context.node.directory.node(named: context.node.name) else { return true }
    let listed = node.keys.filter { $0.purpose == "vrf" && $0.isValid(at: context.wall) }
    return listed.isEmpty || listed.contains { $0.bytes == key.publicKey.bytes }
  }
}

extension Character {
  fileprivate var isWord: Bool { isLetter || isNumber }
}
