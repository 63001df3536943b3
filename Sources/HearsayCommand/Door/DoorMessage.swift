import Gossip
import MixNet

/// A message on its way to a program.
struct DoorMessage: Equatable, Sendable {
  let topic: String
  let priority: GossipHeader.Priority
  /// Links that it has passed.
  let hop: UInt8
  /// Zero bytes where messages name no origin.
  let origin: Bytes32
  let epoch: UInt64
  let sequence: UInt64
  let createdMS: UInt64
  let payload: [UInt8]

  /// Bytes of a frame before the topic, and between it and the payload.
  private static let (head, middle) = (5, 56)

  init(_ message: GossipMessage, topic: String) {
    self.topic = topic
    (priority, hop, origin) = (message.priority, message.hop, message.origin)
    (epoch, sequence, createdMS) = (message.epoch, message.sequence, message.createdMS)
    payload = message.payload
  }

  /// What it takes while it waits.
  var size: Int { payload.count + 128 }

  var frame: [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(Self.head + topic.utf8.count + Self.middle + payload.count)
    frame += [132, priority.rawValue, hop]
    frame.appendNumber(UInt16(clamping: topic.utf8.count))
    frame += topic.utf8
    frame += origin.array
    for number in [epoch, sequence, createdMS] { frame.appendNumber(number) }
    frame += payload
    return frame
  }

  /// Reads a frame; nil when it is none.
  init?(_ frame: [UInt8]) {
    guard frame.count >= Self.head, let priority = GossipHeader.Priority(rawValue: frame[1]) else { return nil }
    let end = Self.head + Int(frame.span.bigEndian(at: 3, as: UInt16.self))
    guard frame.count >= end + Self.middle,
      let topic = String(validating: frame[Self.head..<end], as: UTF8.self)
    else { return nil }
    self.topic = topic
    (self.priority, hop, origin) = (priority, frame[2], Bytes32(frame.span, at: end))
    epoch = frame.span.bigEndianWord(at: end + 32)
    sequence = frame.span.bigEndianWord(at: end + 40)
    createdMS = frame.span.bigEndianWord(at: end + 48)
    payload = Array(frame[(end + Self.middle)...])
  }
}
