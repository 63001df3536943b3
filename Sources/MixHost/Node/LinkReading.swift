import MixNet

/// Bytes from a link become frames, and frames become packets.
///
/// A read takes up to 256 KiB at once: first what the packet under way still lacks, straight into its slot, the rest into
/// the worker's scratch, from where whole packets are copied into slots. A length is checked before a byte of its body is
/// kept.
extension LinkTable {
  private static var readsPerTurn: Int { 4 }
  /// Bytes of a peer's frame, where peers wait: who sends smaller ones may find no room for some.
  private static var smallFrame: Int { 32 }

  /// Reads what is there, within a turn's share.
  func read(_ place: Int) {
    for _ in 0..<Self.readsPerTurn {
      guard let connection = links[place].connection else { return }
      if links[place].isPaused || links[place].isReadingOver || links[place].pace.readsAgain != .zero { return }
      guard links[place].state == .up || links[place].state == .greeting else { return }
      guard mayRead(place) else { return armFrameTimeout(place) }
      let most = min(share(place), readShare(place))
      let share = Probe.buggify("link.short_read", oneIn: 10) ? min(most, 7) : most
      let direct = directSlice(place, atMost: readShare(place))
      // A frame that has its slot already may end: else halves of frames could keep each other waiting for ever.
      guard share > 0 || direct != nil else {
        pause(place)
        return showLife(place)
      }
      let room = (direct?.count ?? 0) + share
      switch environment.network.read(connection, into: readSlices(direct, share)) {
      case .moved(let count):
        links[place].counts.bytesIn += UInt64(count)
        links[place].keepAlive?.heard(now)
        let frames = links[place].counts.framesIn
        take(place, connection, count: count, direct: direct?.count ?? 0)
        guard links[place].connection == connection else { return }
        hasRead(place, bytes: count, frames: Int(links[place].counts.framesIn - frames))
        if count < room { return armFrameTimeout(place) }
      case .blocked: return armFrameTimeout(place)
      case .ended: return goDown(place, links[place].reading.headerCount > 0 ? .truncated : .ended)
      case .failed(let reason): return goDown(place, reason)
      }
    }
    armFrameTimeout(place)
    // More lies there, perhaps so much that a question of whether this node lives is far behind.
    showLife(place)
  }

  /// How many bytes of new frames may be read at once. Clients, and whoever else connects to a raw listener, can be made to
  /// wait; peers are not, but in chains that hold nothing, nor is what comes back on a raw link that this node opened: so no two nodes wait
  /// for each other.
  private func share(_ place: Int) -> Int {
    switch links[place].kind {
    case .client where links[place].state == .greeting: restOfAnswer(place)
    case .raw where !links[place].isDialled, .client: max(0, min(scratch.count, room(links[place].chain)))
    case .peer where links[place].state == .up && sides[links[place].chain].effects.shared.plan.peersWait:
      max(0, min(scratch.count, room(links[place].chain, framesOf: Self.smallFrame)))
    default: scratch.count
    }
  }

  /// What a client's answer to its challenge still lacks: that is read however little room there is for packets, and has a slot
  /// that none of them takes.
  private func restOfAnswer(_ place: Int) -> Int {
    let reading = links[place].reading
    guard reading.inBody else { return Framing.raw.headerSize + ClientProtocol.attachSize - reading.headerCount }
    return reading.slot == nil ? max(0, reading.size - reading.filled) : 0
  }

  private func armFrameTimeout(_ place: Int) {
    if links[place].reading.headerCount > 0 { arm(place, at: links[place].reading.since + settings.frameTimeout) }
  }

  /// Where the rest of the packet under way belongs.
  private func directSlice(_ place: Int, atMost share: Int) -> IOSlice? {
    let reading = links[place].reading
    guard reading.inBody, let slot = reading.slot else { return nil }
    let header = sides[links[place].chain].effects.slab.header(slot)
    return IOSlice(base: header.pointee.bytes + reading.filled, count: min(share, reading.size - reading.filled))
  }

  private func readSlices(_ direct: IOSlice?, _ share: Int) -> UnsafeBufferPointer<IOSlice> {
    var count = 0
    if let direct {
      slices[0] = direct
      count = 1
    }
    guard let base = scratch.baseAddress else { return UnsafeBufferPointer(rebasing: slices[0..<count]) }
    slices[count] = IOSlice(base: base, count: share)
    return UnsafeBufferPointer(rebasing: slices[0...count])
  }

  private func take(_ place: Int, _ connection: ConnectionID, count: Int, direct: Int) {
    let inPlace = min(count, direct)
    links[place].reading.filled += inPlace
    Probe.sometimes("link.body_read_in_place", direct > 0 && inPlace == direct)
    if direct > 0, links[place].reading.filled == links[place].reading.size { completeFrame(place) }
    parse(place, connection, UnsafeRawBufferPointer(rebasing: scratch[0..<count - inPlace]))
  }

  /// Goes through bytes that were read. What follows a fault is not looked at: a link that the node opened is still there
  /// then and will connect again, so it is the connection that tells.
  private func parse(_ place: Int, _ connection: ConnectionID, _ bytes: UnsafeRawBufferPointer) {
    var at = 0
    while at < bytes.count, links[place].connection == connection, links[place].state != .closing {
      if links[place].reading.inBody {
        at += fill(place, UnsafeRawBufferPointer(rebasing: bytes[at...]))
        if links[place].reading.filled == links[place].reading.size { completeFrame(place) }
      } else {
        at += readHeader(place, UnsafeRawBufferPointer(rebasing: bytes[at...]))
      }
    }
  }

  private func readHeader(_ place: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    let framing = links[place].framing
    if links[place].reading.headerCount == 0 { links[place].reading.since = now }
    let missing = framing.headerSize - links[place].reading.headerCount
    let count = min(missing, bytes.count)
    for i in 0..<count { links[place].reading.header[links[place].reading.headerCount + i] = bytes[i] }
    links[place].reading.headerCount += count
    let isSplit = links[place].reading.headerCount < framing.headerSize
    Probe.sometimes("link.header_split", isSplit)
    if isSplit, Probe.planted("split_header_forgotten") { links[place].reading.headerCount = 0 }
    if links[place].reading.headerCount == framing.headerSize { beginFrame(place, framing) }
    return count
  }

  private func beginFrame(_ place: Int, _ framing: Framing) {
    let header = links[place].reading.header
    guard case .frame(let kind, let size) = framing.readHeader(header.span), allows(place, kind, size) else {
      return refuse(place)
    }
    links[place].reading.inBody = true
    links[place].reading.kind = kind
    links[place].reading.size = size
    links[place].reading.filled = 0
    if case .stage = links[place].kind {
      links[place].reading.slot = nil
    } else {
      let isOwn = links[place].state == .greeting || kind != .data || isWord(place, size)
      links[place].reading.slot = sides[links[place].chain].effects.free.take(bytes: size, forOwn: isOwn)
    }
    if size == 0 { completeFrame(place) }
  }

  /// Whether a frame may come now. Before the handshake is done only its own frames may.
  private func allows(_ place: Int, _ kind: FrameKind, _ size: Int) -> Bool {
    let limits = links[place].limits
    switch (links[place].kind, links[place].state) {
    case (.peer, .greeting): return kind == .hello && size <= FrameLimits.controlMax
    case (.client, .greeting): return size == ClientProtocol.attachSize
    case (.peer, _): return kind != .hello && limits.allows(kind, size: size)
    case (.client, _): return size > 0 && size <= limits.dataMax + 1
    case (.raw, _), (.stage, _): return limits.allows(.data, size: size)
    }
  }

  /// Takes bytes of a body; says how many.
  private func fill(_ place: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    let reading = links[place].reading
    let count = min(reading.size - reading.filled, bytes.count)
    guard let source = bytes.baseAddress else { return 0 }
    if let slot = reading.slot {
      let header = sides[links[place].chain].effects.slab.header(slot)
      (UnsafeMutableRawPointer(header.pointee.bytes) + reading.filled).copyMemory(from: source, byteCount: count)
    } else if case .stage(let number) = links[place].kind {
      let part = Span<UInt8>(_unsafeStart: source.assumingMemoryBound(to: UInt8.self), count: count)
      let id = links[place].id
      sides[links[place].chain].call(stage: number) { stage, turn in
        stage.received(part, at: reading.filled, of: reading.size, on: id, &turn)
      }
    }
    links[place].reading.filled += count
    return count
  }

  /// A frame is whole: it goes where its kind says.
  private func completeFrame(_ place: Int) {
    let reading = links[place].reading
    links[place].reading = Link.Reading()
    links[place].counts.framesIn += 1
    links[place].used = now
    let side = sides[links[place].chain]
    if case .stage(let number) = links[place].kind {
      if reading.size == 0 { deliverEmpty(place, to: number) }
      return
    }
    guard let slot = reading.slot else { return shed(place, reading) }
    switch (links[place].kind, links[place].state) {
    case (.peer, .greeting): greet(place, helloIn: slot)
    case (.client, .greeting): attach(place, answerIn: slot)
    case (.client, _): clientFrame(place, slot)
    case (.peer, _) where reading.kind != .data: control(place, reading.kind, slot)
    default: return side.receive(slot, on: links[place].id)
    }
  }

  /// True for a client's frame that is too small for a packet: what it says about itself.
  private func isWord(_ place: Int, _ size: Int) -> Bool {
    guard case .client = links[place].kind else { return false }
    return size <= links[place].limits.dataMin
  }

  /// A frame for which there was no slot: read, so that the peer is not held up, and counted.
  private func shed(_ place: Int, _ reading: Link.Reading) {
    guard reading.kind == .data, !isWord(place, reading.size) else { return }
    Probe.reachable("link.no_slot")
    let side = sides[links[place].chain]
    side.effects.counters.add(.received)
    side.effects.counters.add(stage: ChainCounters.linkIn, .poolFull)
  }

  private func deliverEmpty(_ place: Int, to number: Int) {
    let id = links[place].id
    sides[links[place].chain].call(stage: number) { stage, turn in
      stage.received(Span<UInt8>(), at: 0, of: 0, on: id, &turn)
    }
  }

  /// Ping, pong, close.
  private func control(_ place: Int, _ kind: FrameKind, _ slot: UInt32) {
    let effects = sides[links[place].chain].effects
    defer { effects.letGo(slot) }
    switch kind {
    case .ping: say(place, .pong, Span(_unsafeElements: UnsafeBufferPointer(effects.memory(slot))))
    case .pong: answered(place, Span(_unsafeElements: UnsafeBufferPointer(effects.memory(slot))))
    case .close: return goDown(place, .ended)
    default: Probe.unreachable("link.control_of_another_kind")
    }
    // Whoever asks or answers is idle, and will be asked next in a while: the timer need not run out before.
    rearm(place)
  }

  /// A client has all messages up to a number. Of many such words in a turn the last one counts.
  private func acknowledged(_ place: Int, _ number: UInt64) {
    guard number > links[place].acknowledged, number <= links[place].keptSent else { return }
    links[place].acknowledged = number
    let event = ClientEvent.received(chain: links[place].chain, links[place].peer, number)
    clientEvents.append(event) { [peer = links[place].peer] older in
      if case .received(_, peer, _) = older { true } else { false }
    }
  }

  /// A frame of an attached client.
  private func clientFrame(_ place: Int, _ slot: UInt32) {
    let side = sides[links[place].chain]
    let header = side.effects.slab.header(slot)
    let bytes = Span<UInt8>(_unsafeElements: UnsafeBufferPointer(side.effects.memory(slot)))
    switch ClientProtocol.Kind(rawValue: bytes[0]) {
    case .packet where bytes.count > links[place].limits.dataMin:
      header.pointee.start = 1
      header.pointee.length -= 1
      side.receive(slot, on: links[place].id)
    case .received where bytes.count == 9:
      acknowledged(place, bytes.bigEndian(at: 1))
      side.effects.letGo(slot)
    default:
      side.effects.letGo(slot)
      refuse(place)
    }
  }
}
