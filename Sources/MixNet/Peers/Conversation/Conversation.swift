/// What two nodes have to say to each other: streams of messages that outlive the links that carry them.
///
/// A struct without input or output: links come and go (``join(_:now:)``, ``leave(_:)``), frames come
/// (``receive(_:on:now:)``) and are asked for when a link has room (``nextFrame(on:)``), so it is decided late whose turn it
/// is. A stream keeps to one line at a time, so its messages come in order; between streams of a line turns are taken by
/// bytes, between lines the one with the least to carry is chosen whenever a stream that has nothing under way begins to speak.
///
/// Each conversation draws a number when it begins. The sides tell each other both numbers in the first frame on each link: so
/// a side that began anew is found out, and the one that goes on learns which of its messages nobody has confirmed. Acks and
/// credit count from the beginning, and whoever has heard nothing for a while asks: a frame that a link lost is sent again.
public struct Conversation: Sendable {
  /// What came of a frame.
  public enum Outcome: Equatable, Sendable {
    /// It was taken.
    case taken
    /// The other side has begun anew: this conversation is over, ``init(own:resuming:_:)`` begins the next.
    case restarted(PeerGreeting)
    /// The link is to be cut.
    case fault(ConversationFault)
  }

  struct Slot: Sendable {
    /// Which stream has the slot, or had it last.
    var generation: UInt32 = 0
    var stream: PeerStream?
    /// How far the last one had come when it was closed in good order.
    var final: UInt64?
  }

  /// A link, as far as the conversation knows it.
  struct Line: Sendable {
    let number: UInt64
    /// When it came up.
    let since: Instant
    /// This side's greeting is to be said.
    var greetingDue = true
    /// The other side has greeted with the numbers of this conversation.
    var isReady = false
    var greetings = 0
    /// Until it is ready, what comes on it was said to an earlier conversation of this side: nobody is to blame.
    var isForgiven = false
    /// Streams with something to say beside messages.
    var controls: [UInt32] = []
    /// Streams with messages.
    var round: DeficitRoundRobin
  }

  /// What it keeps to.
  public let settings: ConversationSettings
  /// The number that this conversation alone has on this side; never zero.
  public let own: UInt64
  /// The other side's number; nil until it has greeted.
  public internal(set) var theirs: UInt64?
  /// The other side has said something beside greetings, or was given a message, which its application may have taken.
  var isUsed = false
  /// The greeting that this conversation began with named an earlier one of this side.
  var isUnknownThere = false
  /// This side's slots, and then the other's.
  var slots: [Slot]
  var lines: [Line] = []
  /// Streams of which the other side is to be told that there are none, and acks of streams that are over: of each slot the last
  /// of both.
  var replies: [PeerFrame] = []
  var theirStreamsMax: Int
  var theirWindow: UInt64 = 0
  private var cursor = 0
  private var news: [ConversationEvent] = []

  static let greetingsMax = 4

  /// A conversation with one who has not greeted yet. `own` is random.
  public init(own: UInt64, _ settings: ConversationSettings) {
    self.settings = settings
    self.own = max(1, own)
    theirStreamsMax = Int(settings.streamsMax)
    slots = Array(repeating: Slot(), count: 2 * Int(settings.streamsMax))
  }

  // MARK: Streams

  /// Streams that are open.
  public var streams: [StreamID] { slots.compactMap { $0.stream?.id } }

  func place(isOwn: Bool, slot: UInt16) -> Int? {
    guard slot < settings.streamsMax else { return nil }
    return isOwn ? Int(slot) : Int(settings.streamsMax) + Int(slot)
  }

  /// The place of a stream that is open.
  func place(of id: StreamID) -> Int? {
    guard let place = place(isOwn: id.isOwn, slot: id.slot), slots[place].stream?.id == id else { return nil }
    return place
  }

  /// Opens a stream; nil when there are as many as may be.
  public mutating func open(now: Instant) -> StreamID? {
    let count = min(Int(settings.streamsMax), theirStreamsMax)
    for _ in 0..<count {
      let slot = cursor % count
      cursor = slot + 1
      guard slots[slot].stream == nil, slots[slot].generation < .max else { continue }
      slots[slot].generation += 1
      let id = StreamID(isOwn: true, slot: UInt16(slot), generation: slots[slot].generation)
      slots[slot].stream = PeerStream(id, settings, credit: theirWindow, now: now)
      slots[slot].final = nil
      // The other side may be the one that speaks first.
      slots[slot].stream?.askDue = true
      pin(slot)
      return id
    }
    return nil
  }

  /// Queues a message, or says why not.
  public mutating func send(_ message: [UInt8], _ sendClass: SendClass, on id: StreamID, now: Instant) -> SendResult {
    let bytesMax = sendClass == .reliable ? settings.send.bytes : settings.loose.bytes
    guard message.count <= min(settings.messageMax, bytesMax) else { return .dropped(.tooLarge) }
    guard let place = place(of: id), slots[place].stream?.isFinished == false else { return .dropped(.noStream) }
    let isQueued: Bool
    switch sendClass {
    case .control: isQueued = slots[place].stream?.controlOut.push(message) ?? false
    case .lossy: isQueued = slots[place].stream?.lossyOut.push(message) ?? false
    case .reliable: isQueued = push(message, place, now)
    }
    guard isQueued else {
      Probe.reachable("conversation.full")
      return .full
    }
    if sendClass == .control { markControl(place) } else { schedule(place) }
    return .queued
  }

  private mutating func push(_ message: [UInt8], _ place: Int, _ now: Instant) -> Bool {
    if slots[place].stream?.sender.unconfirmed == 0 {
      slots[place].stream?.progress = now
      // Nothing is under way: it may take another line.
      if lines.count > 1 { pin(place) }
    }
    guard slots[place].stream?.sender.push(message) == true else {
      slots[place].stream?.wasFull = true
      return false
    }
    return true
  }

  /// The next message that came on a stream; nil when none waits.
  public mutating func take(from id: StreamID) -> PeerMessage? {
    guard let place = place(of: id), let message = slots[place].stream?.take() else { return nil }
    markControl(place)
    closeIfOver(place)
    return message
  }

  /// All messages that came on a stream and wait: for one that is given up next, for nothing is said about it.
  public mutating func takeAll(from id: StreamID) -> [PeerMessage] {
    guard let place = place(of: id) else { return [] }
    var messages: [PeerMessage] = []
    while let message = slots[place].stream?.take() { messages.append(message) }
    return messages
  }

  /// The other side has given up this stream, which is only kept to be read from.
  public func isGivenUp(_ id: StreamID) -> Bool { place(of: id).map { slots[$0].stream?.isGone != nil } ?? false }

  /// This side says nothing more on a stream after what it has said; what it said is still confirmed. Messages of class control
  /// that wait go before the end; lossy ones that wait are left out.
  public mutating func finish(_ id: StreamID, now: Instant) {
    guard let place = place(of: id), slots[place].stream?.isFinished == false else { return }
    slots[place].stream?.isFinished = true
    slots[place].stream?.lossyOut = SendQueue(settings.loose)
    slots[place].stream?.endDue = true
    slots[place].stream?.progress = now
    markControl(place)
  }

  /// Gives a stream up at once, and tells what was not confirmed.
  @discardableResult
  public mutating func reset(_ id: StreamID) -> Unconfirmed {
    guard let place = place(of: id) else { return Unconfirmed() }
    reply(.gone(id))
    return remove(place)
  }

  /// Gives everything up: the messages of each stream that were not confirmed.
  public mutating func end() -> [(stream: StreamID, unconfirmed: Unconfirmed)] {
    slots.indices.compactMap { place in slots[place].stream.map { ($0.id, remove(place)) } }
  }

  /// Messages that are not confirmed, ends of streams included: zero when nothing would be lost by going now.
  public var unconfirmed: Int {
    slots.reduce(0) { sum, slot in
      guard let stream = slot.stream else { return sum }
      return sum + stream.sender.unconfirmed + (stream.isFinished && !stream.isFinishConfirmed ? 1 : 0)
    }
  }

  mutating func remove(_ place: Int) -> Unconfirmed {
    guard var stream = slots[place].stream else { return Unconfirmed() }
    unpin(place)
    for i in lines.indices { lines[i].controls.removeAll { $0 == UInt32(place) } }
    slots[place].stream = nil
    // One that was kept only to be read from has no messages left, and has not told of them yet.
    if let left = stream.isGone { return left }
    let messages = stream.sender.takeUnconfirmed()
    return Unconfirmed(
      first: stream.sender.confirmed, messages: Probe.planted("unconfirmed_untold", oneIn: 3) ? [] : messages)
  }

  /// Frees a stream's slot once both sides have ended it.
  mutating func closeIfOver(_ place: Int) {
    guard let stream = slots[place].stream, stream.isOver else { return }
    if stream.isGone != nil { return tell(.gone(stream.id, remove(place))) }
    // Its last ack may still be due: the reply says the same.
    if stream.ackDue { reply(finalAck(stream.id, stream.receiver.expected)) }
    slots[place].final = stream.receiver.expected
    _ = remove(place)
    tell(.closed(stream.id))
  }

  func finalAck(_ id: StreamID, _ end: UInt64) -> PeerFrame {
    .ack(id, PeerAck(before: end, credit: 0, flags: PeerAck.Flags(isComplete: true)))
  }

  /// What is said about a stream that is over. There is always room for it: only what is about slots that this side does not have
  /// is left out when there is too much. When a link loses it, it is said again after the next frame about the stream; a side
  /// that waits for something to be confirmed asks by itself.
  mutating func reply(_ frame: PeerFrame) {
    guard let (id, isGone) = frame.reply else { return }
    let old = replies.firstIndex { other in
      guard let (before, wasGone) = other.reply else { return false }
      return wasGone == isGone && before.isOwn == id.isOwn && before.slot == id.slot
    }
    if let old {
      // Who hears that a slot's stream is over knows it of those before.
      guard let (before, _) = replies[old].reply, before.generation <= id.generation else { return }
      replies.remove(at: old)
    } else if replies.count >= 2 * slots.count {
      let stray = replies.firstIndex { place(ofSlot: $0.reply?.stream) == nil }
      guard place(ofSlot: id) != nil, let stray else { return }
      replies.remove(at: stray)
    }
    replies.append(frame)
    Probe.always("conversation.replies_bounded", replies.count <= 2 * slots.count)
  }

  private func place(ofSlot id: StreamID?) -> Int? { id.flatMap { place(isOwn: $0.isOwn, slot: $0.slot) } }

  // MARK: News

  mutating func tell(_ event: ConversationEvent) { news.append(event) }

  /// What has happened since this was last asked, in order. It is to be asked after each call: a frame brings a few events at
  /// most.
  public mutating func takeEvents() -> [ConversationEvent] {
    guard !news.isEmpty else { return [] }
    defer { news = [] }
    return news
  }

  // MARK: Time

  /// When ``step(_:)`` next has something to do.
  public var next: Instant {
    let next = lines.reduce(Instant.never) { $1.isReady ? $0 : min($0, $1.since + settings.patience) }
    guard isConnected else { return next }
    return slots.reduce(next) { next, slot in
      guard let stream = slot.stream, stream.isOwedNews else { return next }
      return min(next, stream.progress + settings.patience)
    }
  }

  /// Asks the other side about streams of which nothing was heard for too long. Gives the links on which it has not greeted in
  /// time: they are to be cut.
  public mutating func step(_ now: Instant) -> [UInt64] {
    for place in slots.indices where isConnected {
      guard let stream = slots[place].stream, stream.isOwedNews, stream.progress + settings.patience <= now else {
        continue
      }
      Probe.reachable("conversation.asked")
      slots[place].stream?.progress = now
      slots[place].stream?.askDue = true
      if stream.isFinished && !stream.isFinishConfirmed { slots[place].stream?.endDue = true }
      markControl(place)
    }
    let stale = lines.filter { !$0.isReady && $0.since + settings.patience <= now }.map(\.number)
    Probe.sometimes("conversation.not_greeted", !stale.isEmpty)
    return stale
  }
}
