import Gossip
import MixNet

/// What a program asks a node's door for: one raw frame each, answered in order by one ``DoorAnswer`` each.
///
/// The first byte is the kind; integers are big-endian. A topic is a name of 1 to 1,024 bytes of UTF-8.
///
/// | kind | request | what follows |
/// |---|---|---|
/// | 1 | publish | priority 1 (0 critical, 1 normal, 2 bulk), size of the topic 2, topic, payload |
/// | 2 | subscribe | history 1 (1: also what the node still keeps), topic |
/// | 3 | unsubscribe | topic |
/// | 4 | members | nothing |
/// | 5 | keys | nothing |
/// | 6 | install a key | the key's 32 bytes |
/// | 7 | use a key | its id 4 |
/// | 8 | remove a key | its id 4 |
enum DoorRequest: Equatable, Sendable {
  case publish(topic: String, priority: GossipHeader.Priority, payload: [UInt8])
  case subscribe(topic: String, history: Bool)
  case unsubscribe(topic: String)
  case members
  case keys
  case install(key: Bytes32)
  case use(key: UInt32)
  case remove(key: UInt32)

  /// The largest frame of a request.
  static let frameMax = 4 + topicMax + Chunk.payloadMax
  /// Bytes of the longest topic.
  static let topicMax = 1_024

  /// A frame that is no request: one sentence for who sent it.
  struct Mistake: Error, Equatable {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
  }

  /// Reads a frame.
  init(_ frame: [UInt8]) throws(Mistake) {
    guard let kind = frame.first else { throw Mistake("a frame has one byte at least: its kind") }
    let body = frame.dropFirst()
    switch kind {
    case 1: self = try Self.publish(frame)
    case 2:
      guard let flag = body.first, flag < 2 else { throw Mistake("subscribe: 0 or 1 must follow, for the history") }
      self = .subscribe(topic: try Self.topic(body.dropFirst()), history: flag == 1)
    case 3: self = .unsubscribe(topic: try Self.topic(body))
    case 4 where body.isEmpty: self = .members
    case 5 where body.isEmpty: self = .keys
    case 4, 5: throw Mistake("kind \(kind) stands alone; \(body.count) bytes follow it")
    case 6:
      guard body.count == 32 else { throw Mistake("install: a key has 32 bytes; found \(body.count)") }
      self = .install(key: Bytes32(Array(body)))
    case 7, 8:
      guard body.count == 4 else { throw Mistake("a key's id has 4 bytes; found \(body.count)") }
      let id = frame.span.bigEndian(at: 1, as: UInt32.self)
      self = kind == 7 ? .use(key: id) : .remove(key: id)
    default: throw Mistake("there is no request of kind \(kind)")
    }
  }

  private static func publish(_ frame: [UInt8]) throws(Mistake) -> DoorRequest {
    guard frame.count >= 4, let priority = GossipHeader.Priority(rawValue: frame[1]) else {
      throw Mistake("publish: a priority (0, 1 or 2) and the topic's size must follow")
    }
    let end = 4 + Int(frame.span.bigEndian(at: 2, as: UInt16.self))
    guard end <= frame.count else { throw Mistake("publish: the frame ends within the topic") }
    return .publish(topic: try topic(frame[4..<end]), priority: priority, payload: Array(frame[end...]))
  }

  private static func topic(_ bytes: ArraySlice<UInt8>) throws(Mistake) -> String {
    guard 1...topicMax ~= bytes.count, let topic = String(validating: bytes, as: UTF8.self) else {
      throw Mistake("a topic is 1 to \(topicMax) bytes of UTF-8")
    }
    return topic
  }

  /// The frame that says it.
  var bytes: [UInt8] {
    var frame: [UInt8] = []
    switch self {
    case .publish(let topic, let priority, let payload):
      frame.reserveCapacity(4 + topic.utf8.count + payload.count)
      frame = [1, priority.rawValue]
      frame.appendNumber(UInt16(clamping: topic.utf8.count))
      frame += topic.utf8
      frame += payload
    case .subscribe(let topic, let history): frame = [2, history ? 1 : 0] + topic.utf8
    case .unsubscribe(let topic): frame = [3] + topic.utf8
    case .members: frame = [4]
    case .keys: frame = [5]
    case .install(let key): frame = [6] + key.array
    case .use(let id), .remove(let id):
      if case .use = self { frame = [7] } else { frame = [8] }
      frame.appendNumber(id)
    }
    return frame
  }

  /// What it takes while it waits.
  var size: Int {
    switch self {
    case .publish(let topic, _, let payload): 64 + topic.utf8.count + payload.count
    case .subscribe(let topic, _), .unsubscribe(let topic): 64 + topic.utf8.count
    case .members, .keys, .install, .use, .remove: 64
    }
  }
}

extension [UInt8] {
  /// Appends a number, its top byte first.
  mutating func appendNumber<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
    for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> T(shift)))
    }
  }
}
