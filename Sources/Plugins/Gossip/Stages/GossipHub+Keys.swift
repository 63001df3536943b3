import MixHost
import MixNet

// The cluster's keys, while they change.
extension GossipHub {
  /// Takes a further key; false where nodes sign, or when there is no room.
  func install(key: Bytes32) -> Bool {
    if let tape { tape.note(.call(.installKey(key), at: looked)) }
    return core.membership.ring?.install(key) ?? false
  }

  func use(key: UInt32) -> Bool {
    if let tape { tape.note(.call(.useKey(key), at: looked)) }
    return core.membership.ring?.use(key) ?? false
  }

  func remove(key: UInt32, _ turn: inout Turn) -> Bool {
    act(&turn, .removeKey(key)) { $0.remove(key: key, now: $1, &$2) }
  }
}
