/// What the other side says. All of it may be a lie: a fault is told, and nothing grows beyond its bound.
extension Conversation {
  /// The conversation after one that ended because the other side began anew, as `greeting` said. `own` is random.
  public init(own: UInt64, resuming greeting: PeerGreeting, _ settings: ConversationSettings) {
    self.init(own: own, settings)
    isUnknownThere = greeting.theirs != 0
    accept(greeting)
  }

  /// On this link, which has joined, the other side's greeting has come already: the one that the conversation began with.
  ///
  /// If it named an earlier conversation of this side, the other will greet again when it has read this one's greeting, and may
  /// begin anew itself. Nothing is said before that: else both could begin anew for ever, each time because of what they had said.
  public mutating func resume(on line: UInt64) {
    guard let i = lines.firstIndex(where: { $0.number == line }) else { return }
    lines[i].greetings = 1
    lines[i].isForgiven = isUnknownThere
    if !isUnknownThere { becomeReady(i) }
  }

  /// A frame has come on a link.
  public mutating func receive(_ frame: PeerFrame, on line: UInt64, now: Instant) -> Outcome {
    guard let i = lines.firstIndex(where: { $0.number == line }) else { return .taken }
    if case .greet(let greeting) = frame { return greeted(greeting, i) }
    guard lines[i].isReady else { return lines[i].isForgiven ? .taken : .fault(.greeting) }
    isUsed = true
    let fault =
      switch frame {
      case .greet: ConversationFault?.none
      case .message(let id, let number, let bytes): message(id, number, bytes, now)
      case .loose(let id, let sendClass, let bytes): loose(id, sendClass, bytes, now)
      case .ack(let id, let ack): acknowledged(id, ack, now)
      case .ask(let id): asked(id, now)
      case .end(let id, let number): ended(id, number, now)
      case .gone(let id): gone(id)
      }
    return fault.map { .fault($0) } ?? .taken
  }

  // MARK: Greetings

  private mutating func greeted(_ greeting: PeerGreeting, _ i: Int) -> Outcome {
    lines[i].greetings += 1
    guard lines[i].greetings <= Self.greetingsMax else { return .fault(.greeting) }
    // It speaks to an earlier incarnation of this side, and begins anew when it has read this side's greeting.
    guard greeting.theirs == 0 || greeting.theirs == own else {
      Probe.reachable("conversation.greeted_for_another")
      return .taken
    }
    if let theirs, theirs != greeting.own {
      Probe.sometimes("conversation.restarted", isUsed)
      guard !isUsed else { return .restarted(greeting) }
      // The one that was greeted first was gone before it said anything, or was given any message: nothing is lost.
      for other in lines.indices {
        lines[other].isReady = false
        lines[other].controls = []
      }
      for place in slots.indices where slots[place].stream != nil {
        unpin(place)
        slots[place].stream?.isControlQueued = false
        slots[place].stream?.rewind()
        slots[place].stream?.sender.forgetCredit()
      }
      // What was said here was said to that one.
      lines[i].greetingDue = true
    }
    accept(greeting)
    becomeReady(i)
    return .taken
  }

  private mutating func accept(_ greeting: PeerGreeting) {
    theirs = greeting.own
    theirStreamsMax = Int(greeting.streams)
    theirWindow = UInt64(greeting.window)
    for place in slots.indices { slots[place].stream?.sender.grant(theirWindow) }
  }

  // MARK: Frames of streams

  /// What a frame's stream is.
  private enum Found {
    case open(Int)
    /// It was here, or never could be; how far it had come if it was closed in good order.
    case over(UInt64?)
    /// It is new, but the one that had its slot before has messages that the application may still take. Nothing is said of it:
    /// the other side asks again, and finds its place free.
    case early
    case fault(ConversationFault)
  }

  /// Finds a frame's stream; opens the one that the other side has opened by this frame.
  private mutating func find(_ id: StreamID, _ now: Instant) -> Found {
    guard let place = place(isOwn: id.isOwn, slot: id.slot) else { return id.isOwn ? .fault(.noStream) : .over(nil) }
    if slots[place].stream?.id == id {
      slots[place].stream?.isKnown = true
      return .open(place)
    }
    guard id.generation > slots[place].generation else {
      return .over(id.generation == slots[place].generation ? slots[place].final : nil)
    }
    if id.isOwn { return .fault(.noStream) }
    if let old = slots[place].stream {
      if old.isUnread {
        Probe.reachable("conversation.slot_still_read")
        return .early
      }
      tell(.gone(old.id, remove(place)))
    }
    slots[place].generation = id.generation
    slots[place].final = nil
    slots[place].stream = PeerStream(id, settings, credit: theirWindow, now: now)
    slots[place].stream?.isKnown = true
    pin(place)
    tell(.opened(id))
    return .open(place)
  }

  /// A frame about a stream that is over: the other side is told, if it waits for that.
  private mutating func tellOver(_ id: StreamID, _ end: UInt64?) {
    Probe.reachable("conversation.said_over")
    reply(end.map { finalAck(id, $0) } ?? .gone(id))
  }

  private mutating func message(
    _ id: StreamID, _ number: UInt64, _ bytes: [UInt8], _ now: Instant
  ) -> ConversationFault? {
    switch find(id, now) {
    case .fault(let fault): return fault
    case .early: return nil
    case .over(let end): tellOver(id, end)
    case .open(let place):
      if let end = slots[place].stream?.theirEnd, number >= end { return .malformed }
      let wasEmpty = slots[place].stream?.isInboxEmpty ?? false
      switch slots[place].stream?.receiver.receive(number, bytes) ?? .overrun {
      case .taken:
        slots[place].stream?.isGapTold = false
        if wasEmpty { tell(.readable(id)) }
        tellEnd(place)
      case .doubled: Probe.reachable("conversation.doubled")
      case .early:
        Probe.reachable("conversation.gap")
        guard slots[place].stream?.isGapTold == false else { return nil }
        slots[place].stream?.isGapTold = true
        slots[place].stream?.answerDue = true
      case .overrun: return .overrun
      }
      slots[place].stream?.ackDue = true
      markControl(place)
    }
    return nil
  }

  private mutating func loose(
    _ id: StreamID, _ sendClass: SendClass, _ bytes: [UInt8], _ now: Instant
  ) -> ConversationFault? {
    switch find(id, now) {
    case .fault(let fault): return fault
    case .early: return nil
    case .over(let end):
      // Who sends nothing else would never hear of it.
      tellOver(id, end)
      return nil
    case .open(let place):
      let wasEmpty = slots[place].stream?.isInboxEmpty ?? false
      // What finds no room is lost: that is what its class says.
      let isTaken =
        sendClass == .control
        ? slots[place].stream?.controlIn.push(bytes) : slots[place].stream?.lossyIn.push(bytes)
      Probe.sometimes("conversation.loose_without_room", isTaken != true)
      if wasEmpty, isTaken == true { tell(.readable(id)) }
      return nil
    }
  }

  private mutating func asked(_ id: StreamID, _ now: Instant) -> ConversationFault? {
    switch find(id, now) {
    case .fault(let fault): return fault
    case .early: return nil
    case .over(let end): tellOver(id, end)
    case .open(let place):
      slots[place].stream?.ackDue = true
      slots[place].stream?.answerDue = true
      markControl(place)
    }
    return nil
  }

  private mutating func ended(_ id: StreamID, _ number: UInt64, _ now: Instant) -> ConversationFault? {
    switch find(id, now) {
    case .fault(let fault): return fault
    case .early: return nil
    case .over(let end): tellOver(id, end)
    case .open(let place):
      let end = slots[place].stream?.theirEnd ?? number
      guard end == number, number >= slots[place].stream?.receiver.expected ?? 0 else { return .malformed }
      slots[place].stream?.theirEnd = number
      slots[place].stream?.ackDue = true
      markControl(place)
      tellEnd(place)
      closeIfOver(place)
    }
    return nil
  }

  private mutating func tellEnd(_ place: Int) {
    guard let stream = slots[place].stream, stream.isComplete, !stream.isEndTold else { return }
    slots[place].stream?.isEndTold = true
    tell(.ended(stream.id))
  }

  private mutating func acknowledged(_ id: StreamID, _ ack: PeerAck, _ now: Instant) -> ConversationFault? {
    switch find(id, now) {
    case .fault(let fault): return fault
    case .early: return nil
    case .over:
      // One that has come to its end waits for nothing.
      if !ack.flags.isComplete { reply(.gone(id)) }
      return nil
    case .open(let place): return acknowledged(place, ack, now)
    }
  }

  private mutating func acknowledged(_ place: Int, _ ack: PeerAck, _ now: Instant) -> ConversationFault? {
    // Of one that is kept only to be read from nothing more is confirmed: the end has overtaken this on another link.
    guard var stream = slots[place].stream, stream.isGone == nil else { return nil }
    // The list of messages has one owner while it is changed.
    slots[place].stream = nil
    defer {
      slots[place].stream = stream
      schedule(place)
      markControl(place)
      closeIfOver(place)
    }
    let before = stream.sender.confirmed
    // Nothing is taken of an ack that contradicts itself: what it confirms would not be told.
    if ack.flags.isComplete, !stream.isFinished || ack.before != stream.total { return .malformed }
    guard stream.sender.confirm(before: ack.before) else { return .unsent }
    stream.sender.grant(ack.credit)
    if ack.flags.isComplete {
      if !stream.isFinishConfirmed { tell(.finished(stream.id)) }
      stream.isFinishConfirmed = true
      stream.endDue = false
    }
    if stream.sender.confirmed > before {
      stream.progress = now
      tell(.confirmed(stream.id, before: stream.sender.confirmed))
    }
    if ack.flags.isAnswer { stream.answered(before: ack.before) }
    if stream.wasFull, stream.sender.hasRoom {
      stream.wasFull = false
      tell(.writable(stream.id))
    }
    return nil
  }

  private mutating func gone(_ id: StreamID) -> ConversationFault? {
    guard let place = place(of: id) else {
      // A stream that has not been heard of will not be.
      guard let place = place(isOwn: id.isOwn, slot: id.slot), id.generation > slots[place].generation else {
        return nil
      }
      if id.isOwn { return .noStream }
      if let old = slots[place].stream {
        if old.isUnread { return nil }
        tell(.gone(old.id, remove(place)))
      }
      slots[place].generation = id.generation
      slots[place].final = nil
      return nil
    }
    guard var stream = slots[place].stream, stream.isGone == nil else { return nil }
    guard stream.isUnread else {
      tell(.gone(id, remove(place)))
      return nil
    }
    // All of it had come: it stays until the application has taken it.
    Probe.reachable("conversation.gone_and_still_read")
    let left = remove(place)
    stream.sender = ReliableSender(settings.send, credit: 0)
    stream.isGone = left
    (stream.isFinished, stream.isFinishConfirmed, stream.isControlQueued, stream.line) = (true, true, false, nil)
    (stream.ackDue, stream.answerDue, stream.askDue, stream.endDue) = (false, false, false, false)
    slots[place].stream = stream
    return nil
  }
}
