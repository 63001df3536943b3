/// The scratch that a host keeps with each packet between the two phases of an unwrap.
///
/// ``SphinxUnwrapper/header(_:_:_:)`` fills it and ``SphinxUnwrapper/payload(_:_:_:)`` wipes it. It holds the keys of the
/// packet's payload: whoever keeps it lets it move with the packet, shows it to nobody else, and overwrites it when the packet
/// is dropped in between. The host does so with every packet that a stage drops.
public enum SphinxSecrets {
  /// Bytes of the scratch.
  public static let size = 256

  static let payload = 0..<192
  static let blinding = 192..<224
  static let state = 224

  /// What the scratch holds. A byte that is none of these is a mistake of the host's, not of a peer's.
  enum State: UInt8 {
    case empty = 0
    case forwardKey, forwardSeed, finalKey, finalSeed

    init(forward: Bool, seed: Bool) {
      self = forward ? (seed ? .forwardSeed : .forwardKey) : (seed ? .finalSeed : .finalKey)
    }
    var isForward: Bool { self == .forwardKey || self == .forwardSeed }
    var isSeed: Bool { self == .forwardSeed || self == .finalSeed }
  }
}
