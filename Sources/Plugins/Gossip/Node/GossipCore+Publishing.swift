package import MixNet

// What this node says itself.
extension GossipCore {
  /// Publishes a payload of at most ``Chunk/payloadMax`` bytes. It comes to the application as well, if that has subscribed to it.
  package mutating func publish(
    _ payload: [UInt8], topic: UInt64, priority: GossipHeader.Priority = .normal, now: Instant, wall: WallTime,
    _ effects: inout [GossipEffect]
  ) -> PublishOutcome {
    guard isRunning, !isLeaving else { return .refused(.stopped) }
    // Parts belong together by their numbers, which messages without an origin do not have.
    guard !payload.isEmpty, payload.count <= (settings.namesOrigin ? Chunk.payloadMax : Chunk.partSize) else {
      return .refused(.wrongSize)
    }
    if settings.broadcast.byContent, isKnown(payload, topic, now) { return .refused(.duplicate) }
    guard waiting.bytes + payload.count <= settings.publishBytes || waiting.isEmpty else { return .refused(.full) }
    var due = now
    if settings.publishDelay > .zero, !settings.namesOrigin {
      due = now + Logarithm.exponential(mean: settings.publishDelay, ofUniform: random.next())
    }
    let isLarge = payload.count > Chunk.partSize
    let parts = isLarge ? Chunk.split(payload, first: sequence + 1) : [payload]
    for part in parts {
      sequence += 1
      let item = PublishQueue.Item(
        payload: part, topic: topic, priority: priority, form: isLarge ? .part : .whole, sequence: sequence, due: due)
      waiting.add(item, now: now)
    }
    counts.published += 1
    publishWaiting(now, wall, &effects)
    settle(now, &effects)
    return waiting.isEmpty ? .accepted : .queued
  }

  /// Whether a payload of so many bytes would be taken now, with as much room left for others.
  package func hasRoom(toPublish bytes: Int) -> Bool {
    waiting.isEmpty || waiting.bytes + bytes <= settings.publishBytes / 2
  }

  /// Whether something waits to be published.
  package var hasToPublish: Bool { !waiting.isEmpty }

  private func isKnown(_ payload: [UInt8], _ topic: UInt64, _ now: Instant) -> Bool {
    var header = GossipHeader(
      proof: membership.proof, topic: topic, origin: membership.id, epoch: 0, sequence: 0, createdMS: 0, lifeMS: 0,
      payloadSize: 0, content: GossipHeader.content(of: payload.span))
    header.form = .whole
    return payload.count <= Chunk.partSize && broadcast.dedup.hasSeen(header.id(byContent: true), now: now)
  }

  /// Sends what waits, as long as neighbours have room for it.
  mutating func publishWaiting(_ now: Instant, _ wall: WallTime, _ effects: inout [GossipEffect]) {
    while waiting.has(now), goesByDatagrams(waiting.sizeOfNext, now) || hasRoomToPublish, let item = waiting.take(now) {
      send(item, now, wall, &effects)
      // Only then links have it, and whether there is room for the next is known.
      settle(now, &effects)
    }
  }

  /// A message goes straight to all or along the trees; either way there must be room. Half of each link's is kept for what others publish.
  var hasRoomToPublish: Bool {
    var (mesh, tree) = (PublishRoom(), PublishRoom())
    for link in links.all where link.ends == nil && (link.isMesh || link.slot != nil) {
      let hasRoom = link.queue.bytes <= settings.queueBytes / 2
      if link.isMesh { mesh.add(isSlow: link.isSlow, hasRoom: hasRoom) }
      if link.slot != nil { tree.add(isSlow: link.isSlow, hasRoom: hasRoom) }
    }
    return mesh.mayPublish && tree.mayPublish
  }

  mutating func send(
    _ item: PublishQueue.Item, _ now: Instant, _ wall: WallTime, _ effects: inout [GossipEffect]
  ) {
    let names = settings.namesOrigin
    let header = GossipHeader(
      proof: membership.proof, form: item.form, priority: item.priority, topic: item.topic,
      origin: names ? membership.id : Bytes32(), epoch: names ? epoch : 0,
      sequence: names ? item.sequence : random.next() | 1, createdMS: UInt64(max(0, wall.ns)) / 1_000_000,
      lifeMS: settings.lifeMS, payloadSize: UInt32(clamping: item.payload.count),
      content: GossipHeader.content(of: item.payload.span))
    var frame = MessageFrame.bytes(header, codec.pack(item.payload.span))
    membership.prove(&frame)
    if !sendDirectly(frame, header, item.payload.count, now, &effects) {
      guard broadcast.publish(frame.span, header, now: now, &broadcastEffects) else { return }
    }
    deliver(GossipMessage(header, item.payload, hop: 0), now, &effects)
  }
}
