import MixNet

/// One direction of one stream of a conversation: what its sender has sent and was told, and what the other side's
/// application has taken.
final class TalkHalf {
  /// How it stands with the sender.
  enum Sender { case open, closed, told, dead }
  /// How it stands with the other side's application: it may have seen nothing yet.
  enum Receiver { case unseen, open, closed, gone }

  let serial: Int
  let from: Int
  let to: Int
  /// Which of the sender's processes it belongs to.
  let boot: UInt32
  /// The sender's name of the stream.
  let stream: StreamID

  /// Reliable messages, from the first one on.
  var sent = 0
  var confirmed = 0
  var taken = 0
  /// How many were sent when the sender ended it.
  var finishedAt: Int?
  var sender = Sender.open
  var receiver = Receiver.unseen
  /// The process of the other side that takes its messages.
  var readerBoot: UInt32?
  /// The other side's process when the last message was confirmed.
  var confirmedBoot: UInt32?
  /// Lossy messages and those of class control that were accepted, and whether each was taken.
  var lossy: [Bool] = []
  var control: [Bool] = []
  /// Messages that the sender was told to be unconfirmed.
  var unconfirmed = 0

  init(serial: Int, from: Int, to: Int, boot: UInt32, stream: StreamID) {
    (self.serial, self.from, self.to, self.boot, self.stream) = (serial, from, to, boot, stream)
  }

  /// The other side's name of the stream.
  static func mirror(_ id: StreamID) -> StreamID {
    StreamID(isOwn: !id.isOwn, slot: id.slot, generation: id.generation)
  }
}
