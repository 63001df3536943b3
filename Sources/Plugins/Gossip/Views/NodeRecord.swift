package import MixNet

/// A node as others are told of it.
///
/// The address is a numeric one: a name would let a stranger choose what this node looks up, and tells no netgroup; the path of a Unix
/// socket means nothing on another machine.
package struct NodeRecord: Hashable, Sendable {
  package let id: Bytes32
  package let address: Address
  /// Rises with each start of the node, and when it has to speak up against a rumour: of two records of one node the higher one counts.
  package var incarnation: UInt64

  /// Incarnations are less than this: far from overflow, and nobody gets there who starts once a nanosecond.
  package static let incarnationMax: UInt64 = 1 << 62

  /// Nil for an address that nobody can dial: a name, a path, port 0, all zero, multicast or broadcast; and for an incarnation that
  /// nobody has.
  package init?(id: Bytes32, address: Address, incarnation: UInt64) {
    guard Self.canBeDialled(address), incarnation < Self.incarnationMax else { return nil }
    (self.id, self.address, self.incarnation) = (id, address, incarnation)
  }

  /// The longest record on the wire.
  package static let sizeMax = 32 + 8 + 1 + 16 + 2

  private static func canBeDialled(_ address: Address) -> Bool {
    switch address {
    case .ipv4(let bytes, let port): port != 0 && bytes.word >> 24 != 0 && bytes.word >> 28 < 0xe
    case .ipv6(let bytes, let port): port != 0 && bytes.high | bytes.low != 0 && bytes.high >> 56 != 0xff
    case .name, .unix: false
    }
  }
}

// MARK: On the wire: id 32, incarnation u64, kind u8 (4 or 6), address 4 or 16, port u16

extension NodeRecord {
  func encode(into out: inout [UInt8]) {
    out.append(id)
    out.append(bigEndian: incarnation)
    switch address {
    case .ipv4(let bytes, let port):
      out.append(4)
      out.append(bigEndian: bytes.word)
      out.append(bigEndian: port)
    case .ipv6(let bytes, let port):
      out.append(6)
      out.append(bigEndian: bytes.high)
      out.append(bigEndian: bytes.low)
      out.append(bigEndian: port)
    case .name, .unix: break  // There is no such record.
    }
  }

  init?(_ reader: inout FieldReader, _ bytes: Span<UInt8>) {
    guard let id = reader.id(bytes), let incarnation = reader.u64(bytes), let kind = reader.u8(bytes) else {
      return nil
    }
    switch kind {
    case 4:
      guard let word = reader.u32(bytes), let port = reader.u16(bytes) else { return nil }
      self.init(id: id, address: .ipv4(InlineBytes4(word: word), port: port), incarnation: incarnation)
    case 6:
      guard let high = reader.u64(bytes), let low = reader.u64(bytes), let port = reader.u16(bytes) else { return nil }
      self.init(id: id, address: .ipv6(InlineBytes16(high: high, low: low), port: port), incarnation: incarnation)
    default: return nil
    }
  }
}

/// What one node tells another of a third one.
package struct PeerHint: Hashable, Sendable {
  package let record: NodeRecord
  /// Seconds since somebody had word of the node from itself. It grows on its way, so that nobody is kept alive by hearsay.
  package let age: UInt16

  package init(_ record: NodeRecord, age: UInt16) { (self.record, self.age) = (record, age) }

  func encode(into out: inout [UInt8]) {
    record.encode(into: &out)
    out.append(bigEndian: age)
  }

  init?(_ reader: inout FieldReader, _ bytes: Span<UInt8>) {
    guard let record = NodeRecord(&reader, bytes), let age = reader.u16(bytes) else { return nil }
    self.init(record, age: age)
  }
}
