package import MixNet

/// What is said of a node.
package struct MemberUpdate: Hashable, Sendable {
  package enum Status: UInt8, Sendable { case alive = 0, suspect = 1, dead = 2, left = 3 }
  package let status: Status
  package let record: NodeRecord
  /// Who found it so, by the first bytes of its id: that several found it by themselves shortens a suspicion.
  package let accuser: UInt64

  package init(_ status: Status, _ record: NodeRecord, accuser: UInt64) {
    (self.status, self.record, self.accuser) = (status, record, accuser)
  }

  var size: Int { if case .ipv4 = record.address { 9 + NodeRecord.sizeMax - 12 } else { 9 + NodeRecord.sizeMax } }

  func encode(into out: inout [UInt8]) {
    out.append(status.rawValue)
    out.append(bigEndian: accuser)
    record.encode(into: &out)
  }

  init?(_ reader: inout FieldReader, _ bytes: Span<UInt8>) {
    guard let status = reader.u8(bytes).flatMap({ Status(rawValue: $0) }), let accuser = reader.u64(bytes),
      let record = NodeRecord(&reader, bytes)
    else { return nil }
    self.init(status, record, accuser: accuser)
  }
}

/// What nodes say to know who is there: each fits a datagram. All numbers are big-endian; the first byte names the message.
package enum SwimMessage: Hashable, Sendable {
  /// 1: are you `target`, and there?
  case ping(UInt32, target: Bytes32, from: NodeRecord, [MemberUpdate])
  /// 2: yes.
  case ack(UInt32, incarnation: UInt64, [MemberUpdate])
  /// 3: ask `target` for me; say 4 when it has not answered in four fifths of `budget` milliseconds.
  case pingRequest(UInt32, budget: UInt16, from: NodeRecord, target: NodeRecord, [MemberUpdate])
  /// 4: I am there, `target` does not answer.
  case nack(UInt32)
  /// 5: news.
  case gossip([MemberUpdate])
  /// 6: who is there, of those after this id? I know of so many.
  case pull(after: Bytes32, from: NodeRecord, count: UInt32)
  /// 7: these, in the order of their ids.
  case piece(after: Bytes32, isLast: Bool, [MemberUpdate])

  /// Who says that it asks; answers do not say who they come from.
  var sender: NodeRecord? {
    switch self {
    case .ping(_, _, let from, _), .pingRequest(_, _, let from, _, _), .pull(_, let from, _): from
    case .ack, .nack, .gossip, .piece: nil
    }
  }

  /// The longest message.
  package static let sizeMax = 1_096
  /// Updates in one message at most: more do not fit.
  static let updatesMax = 22
  /// What a ping request takes, without updates: no other message takes more.
  static let headMax = 1 + 4 + 2 + 2 * NodeRecord.sizeMax + 1
}

extension SwimMessage {
  /// Appends the message's bytes; updates that do not fit are left out.
  package func encode(into out: inout [UInt8]) {
    switch self {
    case .ping(let number, let target, let from, let updates):
      out.append(1)
      out.append(bigEndian: number)
      out.append(target)
      from.encode(into: &out)
      Self.encode(updates, into: &out)
    case .ack(let number, let incarnation, let updates):
      out.append(2)
      out.append(bigEndian: number)
      out.append(bigEndian: incarnation)
      Self.encode(updates, into: &out)
    case .pingRequest(let number, let budget, let from, let target, let updates):
      out.append(3)
      out.append(bigEndian: number)
      out.append(bigEndian: budget)
      from.encode(into: &out)
      target.encode(into: &out)
      Self.encode(updates, into: &out)
    case .nack(let number):
      out.append(4)
      out.append(bigEndian: number)
    case .gossip(let updates):
      out.append(5)
      Self.encode(updates, into: &out)
    case .pull(let after, let from, let count):
      out.append(6)
      out.append(after)
      from.encode(into: &out)
      out.append(bigEndian: count)
    case .piece(let after, let isLast, let updates):
      out.append(7)
      out.append(after)
      out.append(isLast ? 1 : 0)
      Self.encode(updates, into: &out)
    }
  }

  private static func encode(_ updates: [MemberUpdate], into out: inout [UInt8]) {
    let fitting = fitting(updates)
    out.append(UInt8(fitting.count))
    for update in fitting { update.encode(into: &out) }
  }

  /// The first of these, as many as fit beside the longest head.
  static func fitting(_ updates: [MemberUpdate]) -> ArraySlice<MemberUpdate> {
    var (count, room) = (0, sizeMax - headMax)
    for update in updates.prefix(updatesMax) {
      guard update.size <= room else { break }
      (count, room) = (count + 1, room - update.size)
    }
    return updates.prefix(count)
  }

  /// Reads a whole message; nil for anything that ``encode(into:)`` would not write.
  package init?(_ bytes: Span<UInt8>) {
    var reader = FieldReader()
    guard bytes.count <= Self.sizeMax, let kind = reader.u8(bytes),
      let message = Self.read(kind, &reader, bytes), reader.isAtEnd(bytes)
    else { return nil }
    self = message
  }

  private static func read(_ kind: UInt8, _ reader: inout FieldReader, _ bytes: Span<UInt8>) -> SwimMessage? {
    switch kind {
    case 1:
      guard let number = reader.u32(bytes), let target = reader.id(bytes), let from = NodeRecord(&reader, bytes),
        let updates = updates(&reader, bytes)
      else { return nil }
      return .ping(number, target: target, from: from, updates)
    case 2:
      guard let number = reader.u32(bytes), let incarnation = reader.u64(bytes), let updates = updates(&reader, bytes)
      else { return nil }
      return .ack(number, incarnation: incarnation, updates)
    case 3:
      guard let number = reader.u32(bytes), let budget = reader.u16(bytes), let from = NodeRecord(&reader, bytes),
        let target = NodeRecord(&reader, bytes), let updates = updates(&reader, bytes)
      else { return nil }
      return .pingRequest(number, budget: budget, from: from, target: target, updates)
    case 4: return reader.u32(bytes).map { .nack($0) }
    case 5: return updates(&reader, bytes).map { .gossip($0) }
    case 6:
      guard let after = reader.id(bytes), let from = NodeRecord(&reader, bytes), let count = reader.u32(bytes) else {
        return nil
      }
      return .pull(after: after, from: from, count: count)
    case 7:
      guard let after = reader.id(bytes), let isLast = reader.flag(bytes), let updates = updates(&reader, bytes) else {
        return nil
      }
      return .piece(after: after, isLast: isLast, updates)
    default: return nil
    }
  }

  private static func updates(_ reader: inout FieldReader, _ bytes: Span<UInt8>) -> [MemberUpdate]? {
    guard let updates = reader.list(bytes, most: updatesMax, { MemberUpdate(&$0, $1) }),
      fitting(updates).count == updates.count
    else { return nil }
    return updates
  }
}
