public import MixNet

/// Several packets at once: first all choices, then all multiplications, hop by hop, then each packet's bytes.
extension SphinxSender {
  /// Begins a batch.
  public mutating func begin() { end() }

  /// Chooses for one more packet, along a route of one to five hops; gives its place in the batch, which has room for it.
  /// At most 280 bytes are drawn from `random`.
  /// - Throws: ``SphinxError/hopCount(_:)``.
  @discardableResult
  public mutating func enter(
    along hops: Span<SphinxHop>, to recipient: SphinxRecipient, version: SphinxVersion, random: inout RandomStream
  ) throws(SphinxError) -> Int {
    let place = try add(hops, recipient, version)
    let start = Choices.size * place
    choices.fill(start..<start + Choices.padding + Layout.padding(hops: hops.count), from: &random)
    return place
  }

  /// Takes the choices for one more packet: an initial secret of 32 bytes, and 308 - 60 n bytes of padding for n hops.
  /// - Throws: ``SphinxError/hopCount(_:)`` or ``SphinxError/choices(secret:padding:)``.
  mutating func enter(
    along hops: Span<SphinxHop>, to recipient: SphinxRecipient, version: SphinxVersion, initialSecret: Span<UInt8>,
    finalPadding: Span<UInt8>
  ) throws(SphinxError) -> Int {
    guard (1...SphinxSize.hopsMax).contains(hops.count) else { throw .hopCount(hops.count) }
    guard initialSecret.count == 32, finalPadding.count == Layout.padding(hops: hops.count) else {
      throw .choices(secret: initialSecret.count, padding: finalPadding.count)
    }
    let place = try add(hops, recipient, version)
    choices.copy(0..<32, of: initialSecret, to: Choices.size * place)
    choices.copy(0..<finalPadding.count, of: finalPadding, to: Choices.size * place + Choices.padding)
    return place
  }

  private mutating func add(
    _ hops: Span<SphinxHop>, _ recipient: SphinxRecipient, _ version: SphinxVersion
  ) throws(SphinxError) -> Int {
    guard (1...SphinxSize.hopsMax).contains(hops.count) else { throw .hopCount(hops.count) }
    precondition(routes.count < capacity, "the batch is full")
    precondition(exchanged == 0, "the batch is under way already")
    routes.append(Route(first: self.hops.count, count: hops.count, recipient: recipient, version: version))
    for hop in hops.indices { self.hops.append(hops[hop]) }
    return routes.count - 1
  }

  /// Makes the alpha and the keys of every hop of every packet.
  ///
  /// The secret shared with hop i is the initial secret times all blindings before times the hop's key. On the curve one
  /// scalar does that, modulo the order of the group; a key on the twist needs the multiplications one by one.
  public mutating func exchange() {
    precondition(exchanged == 0, "the keys of this batch are there already")
    guard !routes.isEmpty else { return }
    exchanged = routes.count
    for place in routes.indices {
      let secret = Choices.secret + Choices.size * place
      scalars.copy(secret, of: choices, to: 32 * place)
      lanes.enter(place, base: secret, of: choices)
    }
    lanes.multiplyBase(with: multiplier)
    for place in routes.indices { alphas.copy(lanes.takeProduct(place), of: lanes.products, to: 32 * place) }
    for hop in 0..<SphinxSize.hopsMax {
      for place in routes.indices where hop < routes[place].count && isOneProduct(place, hop) {
        lanes.enter(place, point: key(place, hop).bytes, scalar: 32 * place..<32 * place + 32, of: scalars)
      }
      _ = lanes.multiply(with: multiplier)
      for place in routes.indices where hop < routes[place].count { deriveKeys(place, hop) }
    }
  }

  private func key(_ place: Int, _ hop: Int) -> SphinxPublicKey { hops[routes[place].first + hop].key }

  /// Whether one multiplication gives the secret that is shared with a hop.
  private func isOneProduct(_ place: Int, _ hop: Int) -> Bool {
    hop == 0 || (routes[place].isOneScalar && key(place, hop).isOnCurve)
  }

  /// The keys of one hop, and the scalar for the next one.
  private mutating func deriveKeys(_ place: Int, _ hop: Int) {
    if isOneProduct(place, hop) {
      work.copy(lanes.takeProduct(place), of: lanes.products, to: Work.secret)
    } else {
      multiplyOneByOne(place, hop)
    }
    let keys = KeyLayout.route * place + KeyLayout.total * hop
    crypto.expandFirst(Work.secret..<Work.secret + 32, of: work, into: &hopKeys, at: keys)
    crypto.expandRest(into: &hopKeys, at: keys)
    guard routes[place].isOneScalar, hop + 1 < routes[place].count else { return }
    work.copy(32 * place..<32 * place + 32, of: scalars, to: Work.scalar)
    work.copy(KeyLayout.blinding + keys, of: hopKeys, to: Work.blinding)
    routes[place].isOneScalar = multiplyScalars(Work.scalar, Work.blinding, into: Work.scalar, of: &work)
    scalars.copy(Work.scalar..<Work.scalar + 32, of: work, to: 32 * place)
  }

  /// The shared secret the long way: by the initial secret, then by each blinding.
  private mutating func multiplyOneByOne(_ place: Int, _ hop: Int) {
    work.set(key(place, hop).bytes, at: Work.point)
    work.copy(Choices.secret + Choices.size * place, of: choices, to: Work.scalar)
    multiply(Work.scalar, Work.point, into: Work.secret, of: &work)
    for before in 0..<hop {
      let keys = KeyLayout.route * place + KeyLayout.total * before
      work.copy(KeyLayout.blinding + keys, of: hopKeys, to: Work.blinding)
      multiply(Work.blinding, Work.secret, into: Work.secret, of: &work)
    }
  }

  /// Writes the packet at `place` into `packet`, whose size is the chain's; once, since two with the same keys could be linked.
  /// - Throws: ``SphinxError/payloadSize(_:)`` or ``SphinxError/messageTooLong(_:max:)``; then `packet` is as it was.
  public mutating func write(
    _ place: Int, message: Span<UInt8>, into packet: inout MutableSpan<UInt8>
  ) throws(SphinxError) {
    try check(packet.count, message.count)
    precondition(place < exchanged, "this packet has no keys yet")
    makeHeader(place)
    header.write(0..<SphinxSize.header, into: &packet, at: 0)
    SphinxPayload.write(message, into: &packet, from: SphinxSize.header)
    let route = routes[place]
    for hop in (0..<route.count).reversed() {
      choosePayloadKey(KeyLayout.route * place + KeyLayout.total * hop, route.version)
      crypto.lionessEncrypt(&packet, from: SphinxSize.header, 0..<KeyLayout.payloadKey, of: payloadKey)
    }
  }

  /// The payload key of the hop whose keys lie at `offset`.
  private mutating func choosePayloadKey(_ offset: Int, _ version: SphinxVersion) {
    if version.hasSeeds {
      crypto.payloadKey(from: KeyLayout.seed + offset, of: hopKeys, into: &payloadKey)
    } else {
      payloadKey.copy(KeyLayout.payload + offset, of: hopKeys, to: 0)
    }
  }

  /// Overwrites every secret of the batch. Each batch begins so, and a sender that is idle next says it at the end, too.
  public mutating func end() {
    let used = routes.count
    exchanged = 0
    routes.removeAll(keepingCapacity: true)
    hops.removeAll(keepingCapacity: true)
    lanes.reset()
    choices.wipe(0..<Choices.size * used)
    alphas.wipe(0..<32 * used)
    scalars.wipe(0..<32 * used)
    hopKeys.wipe(0..<KeyLayout.route * used)
    wipeScratch()
  }

  /// Overwrites what belongs to the packet at hand.
  mutating func wipeScratch() {
    crypto.forget()
    payloadKey.wipe()
    material.wipe()
    work.wipe()
    streams.wipe()
    filler.wipe()
    header.wipe()
  }
}
