package import MixNet

/// The keys of a cluster: one that its messages are made under, and others that are taken, too, while keys change.
///
/// A key changes without a gap in three steps, each of them everywhere before the next: install it, use it, remove the old one.
package struct Keyring: Sendable {
  /// Keys at once.
  package static let keysMax = 8

  private struct Key: Sendable {
    let id: UInt32
    let messages: Bytes32
    /// For what nodes say to each other directly.
    let members: Bytes32
  }

  private var keys: [Key]

  private static let messagesPurpose = Blake2b.Purpose("key for messages")
  private static let membersPurpose = Blake2b.Purpose("key for members")
  private static let idPurpose = Blake2b.Purpose("key id")

  /// A ring of one key of 32 bytes, which is used.
  package init(_ secret: Bytes32) { keys = [Self.key(secret)] }

  private static func key(_ secret: Bytes32) -> Key {
    let bytes = secret.array
    let id = Blake2b.hash(bytes.span, idPurpose).prefix >> 32
    return Key(
      id: UInt32(truncatingIfNeeded: id), messages: Blake2b.hash(bytes.span, messagesPurpose),
      members: Blake2b.hash(bytes.span, membersPurpose))
  }

  /// What names a key on the wire and for operators: it tells nothing of the key.
  package static func id(of secret: Bytes32) -> UInt32 { key(secret).id }

  /// The ids of all keys, the one in use first.
  package var ids: [UInt32] { keys.map(\.id) }

  /// Takes messages under a further key; false when there is no room.
  package mutating func install(_ secret: Bytes32) -> Bool {
    let key = Self.key(secret)
    guard !keys.contains(where: { $0.id == key.id }) else { return true }
    guard keys.count < Self.keysMax else { return false }
    keys.append(key)
    return true
  }

  /// Makes messages under a key from now on; false when it is not installed.
  package mutating func use(_ id: UInt32) -> Bool {
    guard let place = keys.firstIndex(where: { $0.id == id }) else { return false }
    keys.swapAt(0, place)
    return true
  }

  /// Takes nothing more under a key; false for the one in use and for one that is not there.
  package mutating func remove(_ id: UInt32) -> Bool {
    guard let place = keys.dropFirst().firstIndex(where: { $0.id == id }) else { return false }
    keys.remove(at: place)
    return true
  }

  /// The key that is used for messages, and its id.
  var used: (id: UInt32, key: Bytes32) { (keys[0].id, keys[0].messages) }

  /// The key for messages with this id.
  func key(_ id: UInt32) -> Bytes32? { keys.first { $0.id == id }?.messages }

  /// The key that is used between members, and its id.
  var usedByMembers: (id: UInt32, key: Bytes32) { (keys[0].id, keys[0].members) }

  /// The key between members with this id.
  func membersKey(_ id: UInt32) -> Bytes32? { keys.first { $0.id == id }?.members }
}
