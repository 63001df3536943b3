import MixNet

/// Packets wait for a link in a list and leave up to 64 at once.
extension LinkTable {
  /// Queues one send; it owns a reference to the slot until it is written or dropped. Nil, or why it was not taken.
  func enqueue(_ id: LinkID, chain: Int, slot: UInt32, skip: UInt32, prefix: SendPrefix) -> DropReason? {
    guard let place = place(of: id), links[place].state != .closing else { return .linkDown }
    if isLeftAlone(place) { return .linkDown }
    if links[place].state != .up, !sides[links[place].chain].plan.framesOutliveLinks { return .linkDown }
    guard fits(place, chain: chain, slot: slot, skip: skip, prefix: prefix) else { return .wrongSize }
    let depth = queueDepth
    Probe.sometimes("link.queue_full", links[place].writing.count >= depth)
    let hasRoom = links[place].writing.count < depth || Probe.planted("queue_unbounded")
    guard hasRoom, let number = pool.take() else { return .queueFull }
    let node = pool[number]
    node.pointee.slot = slot
    node.pointee.skip = skip
    node.pointee.chain = chain
    node.pointee.since = now
    node.pointee.isKept = prefix.isKept
    writeHead(node, framing: links[place].framing, body: bodySize(node), prefix: prefix)
    let last = links[place].writing.last
    if links[place].writing.count > 1, Probe.planted("frame_reordered") { swap(&pool[last].pointee, &node.pointee) }
    if links[place].writing.first == SendPool.none {
      links[place].writing.first = number
      links[place].writing.progress = now
    } else {
      pool[links[place].writing.last].pointee.next = number
    }
    // The first that may grow too old: of what is half written the rest has to follow.
    if links[place].writing.count == (links[place].writing.sentOfFirst > 0 ? 1 : 0) {
      arm(place, at: now + settings.linkAgeMax)
    }
    if prefix.isKept { links[place].keptSent = max(links[place].keptSent, prefix.keptNumber) }
    links[place].writing.last = number
    links[place].writing.count += 1
    markDirty(place)
    return nil
  }

  /// How many more packets may wait for a link.
  func room(for id: LinkID) -> Int { place(of: id).map { max(0, queueDepth - links[$0].writing.count) } ?? 0 }

  /// Packets that may wait for one link.
  var queueDepth: Int { ChainPlan.queueDepth(settings.maxQueueDepth) }

  /// False for a frame that the other side would have to refuse, and the link with it.
  private func fits(_ place: Int, chain: Int, slot: UInt32, skip: UInt32, prefix: SendPrefix) -> Bool {
    if case .client = links[place].kind { return true }
    let length = Int(sides[chain].effects.slab.header(slot).pointee.length)
    return links[place].limits.allows(.data, size: length - Int(skip) + prefix.count)
  }

  private func writeHead(
    _ node: UnsafeMutablePointer<SendPool.Node>, framing: Framing, body: Int, prefix: SendPrefix
  ) {
    var bytes = InlineArray<40, UInt8>(repeating: 0)
    var head = bytes.mutableSpan
    framing.writeHeader(kind: .data, size: body + prefix.count, to: &head)
    for i in 0..<prefix.count { head[framing.headerSize + i] = prefix.bytes[i] }
    node.pointee.head = bytes
    node.pointee.headCount = framing.headerSize + prefix.count
  }

  private func bodySize(_ node: UnsafeMutablePointer<SendPool.Node>) -> Int {
    let header = sides[node.pointee.chain].effects.slab.header(node.pointee.slot)
    return Int(header.pointee.length) - Int(node.pointee.skip)
  }

  /// Writes what waits, as far as the connection takes it.
  func flush(_ place: Int) {
    guard let connection = links[place].connection, !links[place].writing.isBlocked else { return }
    switch links[place].state {
    case .greeting, .up, .closing: break
    case .free, .connecting, .resting: return
    }
    if Probe.buggify("link.flush_postponed", oneIn: 10) { return block(place) }
    while saysOwnNext(place) || links[place].pace.writesAgain == .zero && mayWrite(place) {
      let (count, bytes) = gather(place)
      if count == 0 {
        if links[place].writing.owesGoodbye {
          links[place].writing.owesGoodbye = false
          say(place, .close, Span<UInt8>())
          continue
        }
        tellDrained(place)
        return finishIfClosing(place)
      }
      let offered = Probe.buggify("link.short_write", oneIn: 5) ? 1 : count
      switch environment.network.write(connection, from: UnsafeBufferPointer(rebasing: slices[0..<offered])) {
      case .moved(let written):
        links[place].counts.bytesOut += UInt64(written)
        links[place].writing.progress = now
        let frames = links[place].counts.framesOut
        settle(place, Probe.planted("write_taken_for_whole") ? bytes : written)
        hasWritten(place, bytes: written, frames: Int(links[place].counts.framesOut - frames))
        if written < bytes { return block(place) }
      case .blocked: return block(place)
      case .ended: return goDown(place, .ended)
      case .failed(let reason): return goDown(place, reason)
      }
    }
  }

  /// True when a frame of the link's own is next. It waits for no rate, though it is counted: a pong that comes late is taken for
  /// none, and the link for dead.
  private func saysOwnNext(_ place: Int) -> Bool {
    links[place].writing.sentOfFirst == 0 && links[place].writing.bytesSent < links[place].writing.bytes.count
  }

  /// The stages of a link's chain want to know when nothing is queued on it.
  func watchQueue(of id: LinkID) {
    guard let place = place(of: id) else { return }
    links[place].writing.isWatched = true
    markDirty(place)
  }

  private func tellDrained(_ place: Int) {
    let writing = links[place].writing
    guard writing.isWatched, writing.count == 0, writing.bytes.isEmpty, links[place].state == .up else { return }
    links[place].writing.isWatched = false
    drained.append(Drained(chain: links[place].chain, link: links[place].id))
  }

  private func block(_ place: Int) {
    links[place].writing.isBlocked = true
    attend(place)
    arm(place, at: links[place].writing.progress + settings.stallTimeout)
  }

  /// The connection takes bytes again.
  func writable(_ place: Int) {
    guard links[place].writing.isBlocked else { return }
    links[place].writing.isBlocked = false
    attend(place)
    flush(place)
  }

  /// Fills the slices with what is to be written next; says how many slices and bytes that is.
  ///
  /// The link's own bytes go first, but never into the middle of a packet: the rest of that is written alone. Packets wait for
  /// the handshake's end.
  private func gather(_ place: Int) -> (slices: Int, bytes: Int) {
    let writing = links[place].writing
    let hasOwn = writing.bytesSent < writing.bytes.count
    if saysOwnNext(place) { return gatherOwn(place) }
    guard links[place].state != .greeting else { return (0, 0) }
    let most = hasOwn ? 1 : 2 * Self.framesPerWrite
    let share = writeShare(place)
    var (count, bytes) = (0, 0)
    var skip = writing.sentOfFirst
    var number = writing.first
    while number != SendPool.none, count < most, bytes < share {
      let node = pool[number]
      let header = sides[node.pointee.chain].effects.slab.header(node.pointee.slot)
      let head = UnsafeMutableRawPointer(node) + (MemoryLayout<SendPool.Node>.offset(of: \.head) ?? 0)
      let body = UnsafeMutableRawPointer(header.pointee.bytes) + Int(header.pointee.start) + Int(node.pointee.skip)
      for (base, size) in [(head, node.pointee.headCount), (body, bodySize(node))] {
        if skip < size {
          slices[count] = IOSlice(base: base + skip, count: size - skip)
          count += 1
          bytes += size - skip
        }
        skip = max(0, skip - size)
      }
      number = node.pointee.next
    }
    return (count, bytes)
  }

  private func gatherOwn(_ place: Int) -> (slices: Int, bytes: Int) {
    let sent = links[place].writing.bytesSent
    let count = min(scratch.count, links[place].writing.bytes.count - sent)
    guard let base = scratch.baseAddress else { return (0, 0) }
    links[place].writing.bytes.withUnsafeBytes { bytes in
      scratch.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<sent + count]))
    }
    slices[0] = IOSlice(base: base, count: count)
    return (1, count)
  }

  /// Takes what was written off the queue.
  private func settle(_ place: Int, _ written: Int) {
    if links[place].writing.sentOfFirst == 0, links[place].writing.bytesSent < links[place].writing.bytes.count {
      links[place].writing.bytesSent += written
      if links[place].writing.bytesSent == links[place].writing.bytes.count {
        links[place].writing.bytes.removeAll(keepingCapacity: true)
        links[place].writing.bytesSent = 0
        links[place].writing.ownEnd = links[place].counts.bytesOut
      }
      return
    }
    var left = written + links[place].writing.sentOfFirst
    while links[place].writing.first != SendPool.none {
      let node = pool[links[place].writing.first]
      let size = node.pointee.headCount + bodySize(node)
      guard left >= size else { break }
      left -= size
      let side = sides[node.pointee.chain]
      side.effects.counters.add(.written)
      links[place].counts.framesOut += 1
      links[place].used = now
      let slot = node.pointee.slot
      unlinkFirst(place)
      side.effects.letGo(slot)
    }
    links[place].writing.sentOfFirst = left
  }

  private func unlinkFirst(_ place: Int) {
    let number = links[place].writing.first
    links[place].writing.first = pool[number].pointee.next
    if links[place].writing.first == SendPool.none { links[place].writing.last = SendPool.none }
    let next = links[place].writing.first
    Probe.always("link.sends_in_order", next == .max || pool[next].pointee.since >= pool[number].pointee.since)
    links[place].writing.count -= 1
    pool.give(number)
  }

  // MARK: The link's own bytes

  /// Bytes of a link's own frames that may wait.
  static let ownBytesMax = 64 << 10

  /// Queues a frame of the link's own: a handshake, a pong, a goodbye. What does not fit is left out: a peer that does not
  /// read its pongs gets none.
  func say(_ place: Int, _ kind: FrameKind, _ body: Span<UInt8>) {
    append(place, kind, body, limit: Self.ownBytesMax)
  }

  /// Queues a frame of a stage's own link.
  func write(_ frame: Span<UInt8>, on id: LinkID) -> Bool {
    guard let place = place(of: id), links[place].state != .closing else { return false }
    guard frame.count <= links[place].limits.dataMax else { return false }
    if links[place].writing.bytes.isEmpty { links[place].writing.progress = now }
    return append(place, .data, frame, limit: 2 * (links[place].limits.dataMax + 4))
  }

  @discardableResult
  private func append(_ place: Int, _ kind: FrameKind, _ body: Span<UInt8>, limit: Int) -> Bool {
    let framing = links[place].framing
    let waiting = links[place].writing.bytes.count
    guard waiting + framing.headerSize + body.count <= limit else { return false }
    // It is from now on that these bytes wait.
    if waiting == 0, links[place].writing.count == 0 { links[place].writing.progress = now }
    var header = InlineArray<8, UInt8>(repeating: 0)
    var out = header.mutableSpan
    framing.writeHeader(kind: kind, size: body.count, to: &out)
    for i in 0..<framing.headerSize { links[place].writing.bytes.append(header[i]) }
    body.withUnsafeBufferPointer { links[place].writing.bytes.append(contentsOf: $0) }
    markDirty(place)
    return true
  }

  // MARK: Dropping

  /// Drops the packets that have waited too long. One that is half written stays: its end must follow its beginning.
  ///
  /// A client that acknowledges a kept message acknowledges those before it too. So one that missed a kept message is sent
  /// away: when it comes back, it gets that message again.
  func dropOld(_ place: Int) {
    let reason: DropReason = links[place].state == .up ? .linkStalled : .linkDown
    let previous = links[place].writing.sentOfFirst > 0 ? links[place].writing.first : SendPool.none
    var hasMissed = false
    while nextTooOld(place) <= now {
      let number = firstWhole(place)
      let next = pool[number].pointee.next
      Probe.reachable("link.packet_too_old")
      hasMissed = hasMissed || pool[number].pointee.isKept
      if previous == SendPool.none { links[place].writing.first = next } else { pool[previous].pointee.next = next }
      if next == SendPool.none { links[place].writing.last = previous }
      discard(place, number, reason)
    }
    if hasMissed { goDown(place, .stalled) }
  }

  /// When the next packet will have waited too long.
  func nextTooOld(_ place: Int) -> Instant {
    let number = firstWhole(place)
    return number == SendPool.none ? .never : pool[number].pointee.since + settings.linkAgeMax
  }

  /// The first packet of which nothing is written yet.
  private func firstWhole(_ place: Int) -> UInt32 {
    let first = links[place].writing.first
    return links[place].writing.sentOfFirst > 0 && first != SendPool.none ? pool[first].pointee.next : first
  }

  /// Drops the packet that is half written: what is left of it is of no use to anyone.
  func dropHalfWritten(_ place: Int) {
    guard links[place].writing.sentOfFirst > 0, links[place].writing.first != SendPool.none else { return }
    Probe.reachable("link.half_written_dropped")
    links[place].writing.sentOfFirst = 0
    let number = links[place].writing.first
    links[place].writing.first = pool[number].pointee.next
    if links[place].writing.first == SendPool.none { links[place].writing.last = SendPool.none }
    discard(place, number, .linkDown)
  }

  /// Drops everything that waits.
  func dropAll(_ place: Int, _ reason: DropReason) {
    links[place].writing.sentOfFirst = 0
    while links[place].writing.first != SendPool.none {
      let number = links[place].writing.first
      links[place].writing.first = pool[number].pointee.next
      discard(place, number, reason)
    }
    links[place].writing.last = SendPool.none
  }

  private func discard(_ place: Int, _ number: UInt32, _ reason: DropReason) {
    let node = pool[number]
    let side = sides[node.pointee.chain]
    links[place].writing.count -= 1
    links[place].counts.dropped += 1
    side.effects.drop(node.pointee.slot, stage: ChainCounters.linkOut, reason)
    side.observeFailedSend(on: links[place].id, reason)
    pool.give(number)
  }
}
