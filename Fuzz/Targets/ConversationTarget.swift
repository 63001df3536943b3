@testable import MixNet

extension FuzzTarget {
  /// A peer: what its stages say with the handshake.
  static let fields = FuzzTarget(
    name: "fields", summary: "peers: what stages say with the handshake", sizeMax: Hello.fieldMax,
    seeds: { _ in
      var fields = HelloFields()
      _ = fields.set("vrf_delay", [1, 2, 3])
      let one = fields.bytes
      _ = fields.set("gossip", [])
      return [one, fields.bytes, fields.bytes + one, [UInt8](repeating: 0, count: 30)]
    }
  ) {
    return { input in
      guard var fields = HelloFields(input.span) else { return }
      check(fields.bytes == input, "what is read is not what is written")
      let before = fields["vrf_delay"]
      // What this node says beside it finds room or changes nothing.
      let more = [UInt8](repeating: 7, count: input.count % 97)
      if fields.set("gossip", more) {
        check(fields["gossip"] == more && fields["vrf_delay"] == before, "something else is said")
        check(fields.bytes.count <= Hello.fieldMax, "\(fields.bytes.count) bytes")
        check(HelloFields(fields.bytes.span) == fields, "what is written is not read")
      } else {
        check(fields.bytes == input, "a refusal changes something")
      }
    }
  }

  /// A peer that keeps to nothing: whatever it says on the links of a conversation, in whatever order.
  static let conversations = FuzzTarget(
    name: "conversations", summary: "peers: frames of conversations, and what an application does meanwhile",
    sizeMax: 512, seeds: { _ in Liar.seeds }
  ) {
    return { input in
      var liar = Liar(input)
      liar.run()
    }
  }
}

extension ConversationSettings {
  /// Small bounds, so that inputs reach them.
  static var narrow: ConversationSettings {
    var settings = ConversationSettings()
    settings.streamsMax = 3
    settings.messageMax = 60
    settings.window = 200
    settings.send = SendQueue.Bounds(count: 6, bytes: 200)
    settings.loose = SendQueue.Bounds(count: 3, bytes: 100)
    settings.quantum = 50
    return settings
  }
}

/// One side of a conversation with its application, and the other side in the fuzzer's hands.
private struct Liar {
  private var input: Input
  private var conversation = Conversation(own: 7, .narrow)
  private var view = StreamView()
  private var line: UInt64 = 0
  private var now = Instant.zero
  private var lastNumber: UInt64 = 100

  init(_ bytes: [UInt8]) { input = Input(bytes) }

  /// A line with a greeting, then messages, acks, asks, ends and what the application does.
  static var seeds: [[UInt8]] {
    let greet: [UInt8] = [12, 0]
    return [
      greet + [8, 9, 0, 40, 9, 0, 50, 3, 0, 0, 1, 0, 13, 0, 3, 5, 0, 1, 13, 0],
      greet + [1, 1, 0, 1, 0, 5, 1, 1, 0, 1, 1, 5, 10, 0, 10, 0, 5, 1, 0, 1, 2, 13, 0],
      greet + [2, 1, 0, 1, 0, 9, 2, 1, 0, 1, 2, 9, 4, 1, 0, 1, 6, 1, 0, 1, 11, 0, 14, 200, 15, 0],
      [0, 23, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 1, 0],
    ]
  }

  mutating func run() {
    join()
    while !input.isEmpty {
      switch input.byte() % 16 {
      case 0: if let frame = PeerFrame(input.take(Int(input.byte())).span) { receive(frame) }
      case 1: receive(.message(stream(), number: number(), bytes()))
      case 2: receive(.loose(stream(), input.byte() % 2 == 0 ? .lossy : .control, bytes()))
      case 3: receive(.ack(stream(), ack()))
      case 4: receive(.ask(stream()))
      case 5: receive(.end(stream(), number: number()))
      case 6: receive(.gone(stream()))
      case 7: greet()
      case 8: if let id = conversation.open(now: now) { view.opened(id) }
      case 9: send()
      case 10: if let id = mine() { _ = conversation.take(from: id) }
      case 11: leave()
      case 12: receive(.greet(PeerGreeting(own: 9, theirs: conversation.own, streams: 3, window: 120)))
      case 13: pump()
      case 14: pass(.ms(UInt64(input.byte()) * 20))
      default: end()
      }
      note()
    }
    view.end(conversation.end())
  }

  // MARK: What the other side says

  private mutating func stream() -> StreamID {
    let place = input.byte()
    return StreamID(isOwn: place & 1 == 0, slot: UInt16(place >> 1 & 3), generation: UInt32(max(1, place >> 3 & 7)))
  }

  private mutating func number() -> UInt64 {
    let first = input.byte()
    return first < 250 ? UInt64(first & 15) : input.number(8)
  }

  private mutating func bytes() -> [UInt8] { input.take(Int(input.byte() % 80)) }

  private mutating func ack() -> PeerAck {
    let flags = input.byte()
    return PeerAck(
      before: number(), credit: flags & 4 == 0 ? UInt64(input.byte()) * 8 : input.number(8),
      flags: PeerAck.Flags(isAnswer: flags & 1 != 0, isComplete: flags & 2 != 0))
  }

  private mutating func greet() {
    let theirs: UInt64 = input.byte() % 3 == 0 ? 0 : input.byte() % 5 == 0 ? 77 : conversation.own
    receive(
      .greet(
        PeerGreeting(
          own: 1 + UInt64(input.byte() % 3), theirs: theirs, streams: UInt16(input.byte()),
          window: UInt32(input.number(4)))))
  }

  private mutating func receive(_ frame: PeerFrame) {
    switch conversation.receive(frame, on: line, now: now) {
    case .taken: break
    case .fault: leave()
    case .restarted(let greeting):
      note()
      view.end(conversation.end())
      view = StreamView()
      lastNumber += 1
      conversation = Conversation(own: lastNumber, resuming: greeting, .narrow)
      conversation.join(line, now: now)
      conversation.resume(on: line)
    }
  }

  // MARK: What happens here

  private mutating func join() {
    line += 1
    conversation.join(line, now: now)
  }

  private mutating func leave() {
    conversation.leave(line)
    join()
  }

  private mutating func mine() -> StreamID? {
    let streams = conversation.streams
    return streams.isEmpty ? nil : streams[Int(input.byte()) % streams.count]
  }

  private mutating func send() {
    guard let id = mine() else { return }
    let choice = input.byte()
    let sendClass: SendClass = choice % 4 == 0 ? .lossy : choice % 4 == 1 ? .control : .reliable
    let message = [UInt8](repeating: choice, count: Int(choice >> 1) % 80)
    let result = conversation.send(message, sendClass, on: id, now: now)
    if sendClass == .reliable, result == .queued { view.sent(message, on: id) }
  }

  private mutating func end() {
    guard let id = mine() else { return }
    if input.byte() % 2 == 0 {
      conversation.finish(id, now: now)
    } else {
      note()
      view.over(id, with: conversation.reset(id))
    }
  }

  private mutating func pass(_ time: Nanos) {
    now = now + time
    if conversation.step(now).contains(line) { leave() }
  }

  /// All that it has to say, and whether that can be read.
  private mutating func pump() {
    for _ in 0..<200 {
      guard let frame = conversation.nextFrame(on: line) else { return }
      var bytes = [UInt8](repeating: 0, count: frame.size)
      var span = bytes.mutableSpan
      frame.write(to: &span)
      check(PeerFrame(bytes.span)?.size == frame.size, "what is said cannot be read")
    }
    check(false, "the conversation has always something to say")
  }

  /// What must hold after each step.
  private mutating func note() {
    view.note(conversation.takeEvents())
    check(conversation.streams.allSatisfy(view.isOpen), "a stream is open that nobody was told of")
    check(conversation.isBounded, "the conversation grows")
  }
}

extension Conversation {
  /// Nothing that it holds is beyond its bound.
  var isBounded: Bool {
    guard replies.count <= 2 * slots.count else { return false }
    guard lines.allSatisfy({ $0.controls.count <= slots.count && $0.round.count <= slots.count }) else { return false }
    return slots.allSatisfy { slot in
      guard let stream = slot.stream else { return true }
      let loose = [stream.controlIn, stream.controlOut, stream.lossyIn, stream.lossyOut]
      guard loose.allSatisfy({ $0.count <= settings.loose.count && $0.bytes <= settings.loose.bytes }) else {
        return false
      }
      let (sender, receiver) = (stream.sender, stream.receiver)
      return sender.unconfirmed <= settings.send.count && sender.bytes <= settings.send.bytes
        && receiver.waiting <= Int(settings.window) / 16
    }
  }
}
