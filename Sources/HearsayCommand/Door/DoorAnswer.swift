import Gossip
import MixNet
import OrderedJSON

/// What a node's door says to a program: one raw frame each. The first byte is the kind; integers are big-endian.
///
/// | kind | answer | what follows |
/// |---|---|---|
/// | 128 | the request was wrong, or came to nothing | one sentence |
/// | 129 | done (subscribe, unsubscribe, and changes of keys) | nothing |
/// | 130 | published | 0 accepted, 1 queued, 2 refused and then the reason |
/// | 131 | members, keys | JSON |
/// | 132 | a message | priority 1, hop 1, size of the topic 2, topic, origin 32, epoch 8, sequence 8, created_ms 8, payload |
/// | 133 | messages were dropped here, because they were not read | how many 8 |
enum DoorAnswer: Equatable, Sendable {
  case failed(String)
  case done
  case published(PublishOutcome)
  case json([UInt8])
  case message(DoorMessage)
  case lost(UInt64)

  /// The largest frame of an answer: a message, or the list of a million members.
  static let frameMax = 1 << 28

  /// Messages that come by themselves stand between the answers; they answer nothing.
  var isAnswer: Bool {
    switch self {
    case .message, .lost: false
    case .failed, .done, .published, .json: true
    }
  }

  var bytes: [UInt8] {
    switch self {
    case .failed(let sentence): return [128] + sentence.utf8
    case .done: return [129]
    case .published(.accepted): return [130, 0]
    case .published(.queued): return [130, 1]
    case .published(.refused(let reason)): return [130, 2] + reason.rawValue.utf8
    case .json(let text): return [131] + text
    case .message(let message): return message.frame
    case .lost(let count):
      var frame: [UInt8] = [133]
      frame.appendNumber(count)
      return frame
    }
  }

  /// Reads a frame; nil when it is none that a door sends.
  init?(_ frame: [UInt8]) {
    guard let kind = frame.first else { return nil }
    let body = Array(frame.dropFirst())
    switch kind {
    case 128: self = .failed(String(decoding: body, as: UTF8.self))
    case 129 where body.isEmpty: self = .done
    case 130:
      switch body.first {
      case 0 where body.count == 1: self = .published(.accepted)
      case 1 where body.count == 1: self = .published(.queued)
      case 2:
        let reason = PublishRefusal(rawValue: String(decoding: body.dropFirst(), as: UTF8.self))
        guard let reason else { return nil }
        self = .published(.refused(reason))
      default: return nil
      }
    case 131: self = .json(body)
    case 132:
      guard let message = DoorMessage(frame) else { return nil }
      self = .message(message)
    case 133:
      guard body.count == 8 else { return nil }
      self = .lost(frame.span.bigEndianWord(at: 1))
    default: return nil
    }
  }

  /// The members as JSON, this node first.
  static func members(_ members: [GossipMember]) -> DoorAnswer {
    .json(
      Array(
        JSON.list(
          members.map { member in
            .object([
              ("node", .text(member.node.id.description)), ("address", .text(member.node.address.description)),
              ("status", .text("\(member.status)")), ("incarnation", .uint(member.node.incarnation)),
              ("neighbour", .bool(member.isNeighbour)), ("self", .bool(member.isSelf)),
            ])
          }
        ).line.utf8))
  }

  /// The ids of keys as JSON, the one in use first.
  static func keys(_ ids: [UInt32]) -> DoorAnswer {
    .json(Array(JSON.object([("keys", .list(ids.map { .text(KeyID.text($0)) }))]).line.utf8))
  }
}

/// How people write a key's id: eight digits.
enum KeyID {
  static func text(_ id: UInt32) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  static func read(_ text: String) -> UInt32? { text.utf8.count == 8 ? UInt32(text, radix: 16) : nil }
}
