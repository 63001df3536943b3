package import MixNet

// The steps of a message, from its header to the application and to the neighbours.
extension GossipCore {
  /// Looks at what a message says of itself, and takes note of its id; why it goes no further, else nil. Messages that come again are
  /// found here, and cost little.
  package mutating func look(
    _ message: ArrivedMessage, now: Instant, wall: WallTime, _ effects: inout [GossipEffect]
  ) -> FrameRefusal? {
    let refusal = lookAt(message, now, wall, &effects)
    if refusal == .duplicate { counts.duplicates += 1 } else if let refusal { counts.refuse(refusal) }
    settle(now, &effects)
    return refusal
  }

  private mutating func lookAt(
    _ message: ArrivedMessage, _ now: Instant, _ wall: WallTime, _ effects: inout [GossipEffect]
  ) -> FrameRefusal? {
    let header = message.frame.header
    guard header.origin.isZero != settings.namesOrigin, header.origin != membership.id || header.origin.isZero else {
      // Of this node's own messages those that it made in a former life may come back; they are not for it.
      return header.origin == membership.id ? .duplicate : .malformed
    }
    let isAside = message.slot == nil || !message.flags.isEmpty
    let outcome = broadcast.look(
      header, id: message.id, from: message.slot ?? -1, isRepair: isAside, now: now, wall: wall, &broadcastEffects)
    switch outcome {
    case .new: return nil
    case .duplicate: return .duplicate
    case .refused(let refusal): return FrameRefusal(refusal)
    }
  }

  /// Whether the proof of a message that is new holds. `bytes`: its frame.
  package mutating func hasProof(
    _ message: ArrivedMessage, _ bytes: Span<UInt8>, now: Instant, _ effects: inout [GossipEffect]
  ) -> Bool {
    if message.isProved { return true }
    let frame = bytes.extracting(ArrivedMessage.begin...)
    if membership.holds(message.frame, in: frame) { return true }
    // While keys change, who passes on what was made under the former one does nothing wrong.
    guard membership.knowsKey(of: message.frame, in: frame) else {
      broadcast.reject(message.id)
      counts.refuse(.badProof)
      return false
    }
    blame(message, .badProof, .invalid, now, &effects)
    return false
  }

  /// Opens a message whose proof holds, asks the application about it, keeps it and delivers it; why it goes no further, else nil.
  package mutating func open(
    _ message: ArrivedMessage, _ bytes: Span<UInt8>, now: Instant, _ effects: inout [GossipEffect]
  ) -> FrameRefusal? {
    let frame = bytes.extracting(ArrivedMessage.begin...)
    let header = message.frame.header
    // Only now it is known that it is the origin's own.
    guard header.origin.isZero || originRates.take(header.originKey, now) else {
      broadcast.reject(message.id)
      counts.refuse(.rateLimited)
      return .rateLimited
    }
    let payload: [UInt8]
    do throws(CodecRefusal) {
      payload = try expand(message.frame, frame)
    } catch {
      let isHarm = error == .ratioTooHigh || error == .windowTooLarge
      // What it was compressed with is the origin's business: that this node has no such dictionary is no fault of the neighbour.
      if error == .unknownDictionary {
        broadcast.reject(message.id)
        counts.refuse(.badPayload)
      } else {
        blame(message, .badPayload, isHarm ? .forged : .invalid, now, &effects)
      }
      return .badPayload
    }
    guard message.isWhole || GossipHeader.content(of: payload.span) == header.content,
      header.form == .whole || Chunk(payload.span, sequence: header.sequence) != nil
    else {
      blame(message, .badPayload, .invalid, now, &effects)
      return .badPayload
    }
    let opened = GossipMessage(header, payload, hop: message.frame.hop)
    switch validate?(opened) ?? .accept {
    case .accept: break
    case .ignore:
      broadcast.ignore(header, now: now)
      counts.refuse(.ignored)
      return .ignored
    case .reject:
      blame(message, .rejected, .invalid, now, &effects)
      return .rejected
    }
    guard
      broadcast.keep(
        frame, header, id: message.id, hop: message.frame.hop, isStraight: message.isDatagram, now: now)
    else {
      counts.refuse(.stale)
      return .stale
    }
    counts.accepted += 1
    if message.flags.isEmpty { effects.append(.served(message.sender)) }
    if message.flags.contains(.repair) { missed(header, frame.count, now, &effects) }
    deliver(opened, now, &effects)
    return nil
  }

  private func expand(_ message: MessageFrame, _ frame: Span<UInt8>) throws(CodecRefusal) -> [UInt8] {
    let bytes = frame.extracting(message.payload)
    guard message.isCompressed else {
      guard bytes.count <= settings.codec.payloadMax else { throw .wrongSize }
      return unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
    return try codec.expand(bytes, size: Int(message.header.payloadSize), dictionary: message.dictionary)
  }

  /// Passes a message that is kept on to the neighbours.
  package mutating func pass(_ message: ArrivedMessage, now: Instant, _ effects: inout [GossipEffect]) {
    guard message.needsPassing else { return }
    broadcast.pass(
      message.frame.header, id: message.id, hop: message.frame.hop, from: message.slot ?? -1,
      isRepair: message.slot == nil || message.flags.contains(.repair), now: now, &broadcastEffects)
    settle(now, &effects)
  }

  /// The message is not what it says: who passed it on had to find that.
  private mutating func blame(
    _ message: ArrivedMessage, _ refusal: FrameRefusal, _ offence: GossipOffence, _ now: Instant,
    _ effects: inout [GossipEffect]
  ) {
    counts.refuse(refusal)
    // A datagram is nobody's doing, as far as is known, and may be sent again by anybody.
    if message.isDatagram, refusal == .rejected { return broadcast.ignore(message.frame.header, now: now) }
    broadcast.reject(message.id)
    if message.isDatagram { return }
    effects.append(.offence(offence, of: message.sender))
  }

  // MARK: Delivering

  /// Messages of this topic come to the application from now on.
  package mutating func subscribe(_ topic: UInt64) { topics[topic] = 0 }
  package mutating func unsubscribe(_ topic: UInt64) { topics[topic] = nil }

  mutating func deliver(_ message: GossipMessage, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard deliversAll || topics[message.topic] != nil else { return }
    guard settings.isOrdered, !message.origin.isZero else { return hand(message, now, &effects) }
    var ready: [GossipMessage] = []
    order.take(
      message, origin: message.origin.prefix, epoch: message.epoch, number: message.sequence, now: now, &ready)
    for message in ready { hand(message, now, &effects) }
  }

  /// Hands a message to the application, or, with its last part, what it is a part of.
  mutating func hand(_ message: GossipMessage, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard message.isPart else {
      counts.delivered += 1
      return effects.append(.deliver(message))
    }
    guard let chunk = Chunk(message.payload.span, sequence: message.sequence) else { return }
    let part = Array(message.payload[Chunk.headerSize...])
    let outcome = chunks.take(chunk, part, origin: message.origin, epoch: message.epoch, now: now)
    guard case .complete(let whole) = outcome else { return }
    counts.delivered += 1
    effects.append(.deliver(GossipMessage(whole: whole, of: message, first: chunk.first)))
  }

  /// The kept messages of a topic that are not parts of larger ones, the oldest first: for who subscribes late.
  package func history(of topic: UInt64, _ take: (GossipMessage) -> Void) {
    for entry in broadcast.cache.since(.zero) {
      _ = broadcast.cache.withFrame(entry.id) { bytes in
        guard let frame = MessageFrame(bytes), frame.header.topic == topic, frame.header.form == .whole,
          let payload = try? expand(frame, bytes)
        else { return }
        take(GossipMessage(frame.header, payload, hop: entry.hop))
      }
    }
  }
}
