/// One stream of a ``Conversation``: both halves, and what is to be said about it.
struct PeerStream: Sendable {
  let id: StreamID
  var sender: ReliableSender
  var receiver: ReliableReceiver
  /// Messages of the other classes that wait to be sent, and that wait for the application.
  var controlOut: SendQueue
  var lossyOut: SendQueue
  var controlIn: SendQueue
  var lossyIn: SendQueue

  /// The line that its messages go on; nil while there is none.
  var line: UInt64?
  /// True once the other side has said anything about it.
  var isKnown = false
  /// True when a message was refused for want of room.
  var wasFull = false
  /// This side ends it after the messages that it has.
  var isFinished = false
  /// The other side has everything up to that end.
  var isFinishConfirmed = false
  /// After which message the other side ends it.
  var theirEnd: UInt64?
  var isEndTold = false
  /// The other side has given it up after it had said everything: what came can still be taken. With what it did not confirm.
  var isGone: Unconfirmed?

  // What is to be said.
  var ackDue = false
  var answerDue = false
  var askDue = false
  var endDue = false
  /// It stands in its line's list of those that have such things to say.
  var isControlQueued = false
  /// The other side was told of the gap before the message that is expected.
  var isGapTold = false
  /// What had been sent when the other side was asked.
  var askedAt: UInt64?
  /// When it last came further, or something was first to be confirmed.
  var progress = Instant.zero

  init(_ id: StreamID, _ settings: ConversationSettings, credit: UInt64, now: Instant) {
    self.id = id
    sender = ReliableSender(settings.send, credit: credit)
    receiver = ReliableReceiver(window: Int(settings.window))
    controlOut = SendQueue(settings.loose)
    lossyOut = SendQueue(settings.loose)
    controlIn = SendQueue(settings.loose)
    lossyIn = SendQueue(settings.loose)
    progress = now
  }

  /// The number of the message that this side would send next.
  var total: UInt64 { sender.confirmed + UInt64(sender.unconfirmed) }

  /// Messages were sent on the present line, and are not confirmed.
  var isUnderWay: Bool { sender.position > sender.confirmed }
  var hasControl: Bool { ackDue || askDue || endDue || !controlOut.isEmpty }
  var isInboxEmpty: Bool { receiver.waiting == 0 && controlIn.isEmpty && lossyIn.isEmpty }
  /// Every message of the other side's has come.
  var isComplete: Bool { theirEnd == receiver.expected }
  /// Every message of the other side's has come, and the application has not taken all of them: it may still do so, whatever
  /// becomes of the stream.
  var isUnread: Bool { isComplete && !isInboxEmpty }
  /// Neither side has anything more to say about it, but for a last acknowledgement.
  var isOver: Bool { isFinishConfirmed && isComplete && isInboxEmpty }
  /// The other side has something to tell: it is asked when it does not.
  var isOwedNews: Bool { !isKnown || sender.unconfirmed > 0 || (isFinished && !isFinishConfirmed) }

  /// The size of the next message that may be sent now; nil when there is none.
  var nextSize: Int? {
    lossyOut[0].map { $0.count + PeerFrame.overhead } ?? sender.nextSize.map { $0 + PeerFrame.overhead }
  }

  /// That message. A lossy one goes first: there are few of them, and they are of no use when they are late.
  mutating func nextMessage() -> PeerFrame? {
    if let message = lossyOut.pop() {
      if Probe.planted("loose_sent_twice", oneIn: 5) { _ = lossyOut.push(message) }
      return .loose(id, .lossy, message)
    }
    guard let (number, message) = sender.next else { return nil }
    sender.didSend()
    return .message(id, number: number, message)
  }

  /// The next thing to say beside messages.
  mutating func nextControl() -> PeerFrame? {
    if ackDue, Probe.buggify("conversation.ack_left_out", oneIn: 10) {
      // As if the link had lost it: who waits for it asks.
      (ackDue, answerDue) = (false, false)
    }
    if ackDue {
      // Credit may have grown.
      _ = receiver.newCredit()
      let flags = PeerAck.Flags(isAnswer: answerDue, isComplete: isComplete)
      (ackDue, answerDue) = (false, false)
      return .ack(id, PeerAck(before: receiver.expected, credit: receiver.credit, flags: flags))
    }
    if let message = controlOut.pop() { return .loose(id, .control, message) }
    if endDue {
      endDue = false
      return .end(id, number: total)
    }
    guard askDue else { return nil }
    askDue = false
    askedAt = sender.position
    return .ask(id)
  }

  /// The line is gone, or the other side has lost something: everything that is not confirmed is said again.
  mutating func rewind() {
    sender.rewind()
    askedAt = nil
    endDue = isFinished && !isFinishConfirmed
  }

  /// The other side answers: it has the messages before this number. What was sent before it was asked, and it has not, is
  /// lost; when it was not asked, it has found a gap.
  mutating func answered(before number: UInt64) {
    Probe.sometimes("conversation.said_again", number < askedAt ?? sender.position)
    if number < askedAt ?? sender.position { rewind() }
    askedAt = nil
    endDue = isFinished && !isFinishConfirmed
  }

  mutating func take() -> PeerMessage? {
    if let message = controlIn.pop() { return PeerMessage(message, .control) }
    if let message = lossyIn.pop() { return PeerMessage(message, .lossy) }
    guard let message = receiver.take() else { return nil }
    // Credit that is withheld is told when the other side asks.
    if Probe.buggify("conversation.credit_withheld", oneIn: 5) { return PeerMessage(message) }
    if receiver.newCredit() != nil, isGone == nil { ackDue = true }
    return PeerMessage(message)
  }
}
