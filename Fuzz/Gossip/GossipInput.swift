import Gossip

extension Input {
  /// An incarnation that a record may have: eight bytes, and what is too much is cut off.
  mutating func incarnation() -> UInt64 { number(8) % NodeRecord.incarnationMax }
}
