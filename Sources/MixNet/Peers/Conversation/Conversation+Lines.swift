/// The links of a conversation: which of them a stream's frames go on, and what goes next.
extension Conversation {
  /// A link has come up. Its number is its owner's, and never used again.
  public mutating func join(_ line: UInt64, now: Instant) {
    guard !lines.contains(where: { $0.number == line }) else { return }
    lines.append(Line(number: line, since: now, round: DeficitRoundRobin(quantum: settings.quantum)))
  }

  /// A link has gone down: what was under way on it is said again on another.
  public mutating func leave(_ line: UInt64) {
    guard let i = lines.firstIndex(where: { $0.number == line }) else { return }
    lines.remove(at: i)
    for place in slots.indices where slots[place].stream != nil {
      slots[place].stream?.isControlQueued = lines.contains { $0.controls.contains(UInt32(place)) }
      if slots[place].stream?.line == line {
        Probe.sometimes("conversation.link_lost_unconfirmed", slots[place].stream?.isUnderWay == true)
        move(place)
      }
      markControl(place)
    }
  }

  /// True when frames may be sent on some link.
  public var isConnected: Bool { lines.contains(where: \.isReady) }

  /// A link on which both sides have agreed: what each knows of the streams is told anew.
  mutating func becomeReady(_ i: Int) {
    guard !lines[i].isReady else { return }
    let isFirst = !isConnected
    lines[i].isReady = true
    for place in slots.indices where slots[place].stream != nil {
      if slots[place].stream?.line == nil { move(place) }
      if isFirst, slots[place].stream?.isKnown == true { slots[place].stream?.ackDue = true }
      markControl(place)
    }
  }

  /// Another line carries the stream from now on, from what is confirmed on.
  private mutating func move(_ place: Int) {
    guard let stream = slots[place].stream else { return }
    slots[place].stream?.rewind()
    slots[place].stream?.askDue = stream.isOwedNews
    slots[place].stream?.ackDue = stream.isKnown
    pin(place)
    Probe.sometimes("conversation.goes_on_elsewhere", slots[place].stream?.line != nil)
  }

  /// Gives a stream that has nothing under way the line that has the least to carry.
  mutating func pin(_ place: Int) {
    unpin(place)
    guard slots[place].stream != nil else { return }
    var load = [Int](repeating: 0, count: lines.count)
    for slot in slots {
      guard let stream = slot.stream, let i = lines.firstIndex(where: { $0.number == stream.line }) else { continue }
      load[i] += stream.sender.bytes + stream.lossyOut.bytes + 1
    }
    let ready = lines.indices.filter { lines[$0].isReady }
    guard let best = ready.min(by: { (load[$0], $0) < (load[$1], $1) }) else { return }
    slots[place].stream?.line = lines[best].number
    schedule(place)
    markControl(place)
  }

  mutating func unpin(_ place: Int) {
    guard let line = slots[place].stream?.line else { return }
    if let i = lines.firstIndex(where: { $0.number == line }) { lines[i].round.remove(UInt32(place)) }
    slots[place].stream?.line = nil
  }

  /// A stream may have messages to send.
  mutating func schedule(_ place: Int) {
    guard let stream = slots[place].stream, stream.nextSize != nil,
      let i = lines.firstIndex(where: { $0.number == stream.line })
    else { return }
    lines[i].round.add(UInt32(place))
  }

  /// A stream may have something to say beside messages. What asks, and what ends, goes behind the messages before it: on the
  /// stream's own line.
  mutating func markControl(_ place: Int) {
    guard let stream = slots[place].stream, stream.hasControl, !stream.isControlQueued else { return }
    guard let i = lines.firstIndex(where: { $0.number == stream.line }) ?? lines.firstIndex(where: \.isReady) else {
      return
    }
    slots[place].stream?.isControlQueued = true
    lines[i].controls.append(UInt32(place))
  }

  /// The next frame for a link that has room for one; nil when there is none. It counts as sent.
  public mutating func nextFrame(on line: UInt64) -> PeerFrame? {
    guard let i = lines.firstIndex(where: { $0.number == line }) else { return nil }
    if lines[i].greetingDue {
      lines[i].greetingDue = false
      return .greet(
        PeerGreeting(own: own, theirs: theirs ?? 0, streams: settings.streamsMax, window: settings.window))
    }
    guard lines[i].isReady else { return nil }
    if !replies.isEmpty { return replies.removeFirst() }
    return nextControl(i) ?? nextMessage(i)
  }

  private mutating func nextControl(_ i: Int) -> PeerFrame? {
    while let number = lines[i].controls.first {
      lines[i].controls.removeFirst()
      let place = Int(number)
      slots[place].stream?.isControlQueued = false
      let frame = slots[place].stream?.nextControl()
      markControl(place)
      if let frame { return frame }
    }
    return nil
  }

  private mutating func nextMessage(_ i: Int) -> PeerFrame? {
    // The round is taken out, so that it can be asked while it looks at the streams; no list is copied.
    var round = DeficitRoundRobin(quantum: settings.quantum)
    swap(&round, &lines[i].round)
    let place = round.next { slots[Int($0)].stream?.nextSize }
    swap(&round, &lines[i].round)
    guard let frame = place.flatMap({ slots[Int($0)].stream?.nextMessage() }) else { return nil }
    isUsed = true
    return frame
  }
}
