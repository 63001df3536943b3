import MixNet

/// Phase one: what the header says, and whether it is authentic.
extension SphinxUnwrapper {
  /// Begins the headers of a new batch.
  public mutating func beginHeaders() { end() }

  /// The cheap checks of the packet at `place`, and its entry into the next multiplications; why it is refused, or nil.
  public mutating func load(_ place: Int, _ packet: Span<UInt8>) -> SphinxRefusal? {
    guard packet.count == size.packet else { return .wrongSize }
    guard Bytes32(packet, at: Layout.alpha.lowerBound).isCanonicalPoint else { return .nonCanonicalAlpha }
    batch.enter(place, point: Layout.alpha, of: packet)
    return nil
  }

  /// Multiplies, all at once, what waits for it, by the node's key: the next one in every round. False when nothing waits,
  /// and the phase is over; then the secrets of the phase are gone, too.
  public mutating func exchange() -> Bool {
    if let key = keys.key(batch.round), batch.multiply(with: multiplier, key: key) { return true }
    end()
    return false
  }

  /// Checks and decrypts the header of the packet at `place`, one that was loaded and awaits its product.
  ///
  /// A forward header becomes the next hop's, but for its alpha; all other packets stay as they were. The scratch, of
  /// ``SphinxSecrets/size`` bytes, is filled for phase two if the verdict is forward or final, and else not touched.
  public mutating func header(
    _ place: Int, _ packet: inout MutableSpan<UInt8>, _ secrets: inout MutableSpan<UInt8>
  ) -> SphinxHeader {
    precondition(packet.count == size.packet && secrets.count == SphinxSecrets.size, "not this packet's memory")
    let lane = batch.takeProduct(place)
    if isZero(lane, of: batch.products) { return .refused(.lowOrderAlpha) }
    crypto.expandFirst(lane, of: batch.products, into: &hopKeys)
    guard isAuthentic(packet.span) else {
      guard keys.key(batch.round) != nil else { return .refused(.badMAC) }
      batch.enter(place, point: Layout.alpha, of: packet.span)
      return .undecided
    }
    crypto.expandRest(into: &hopKeys)
    decryptBeta(packet.span)
    return verdict(&packet, &secrets)
  }

  /// Whether the mac is that of beta under this hop's key.
  private func isAuthentic(_ packet: Span<UInt8>) -> Bool {
    let tag = headerMAC(KeyLayout.mac, of: hopKeys, over: packet.extracting(Layout.beta))
    return sameMAC(tag.span, packet.extracting(Layout.mac))
  }

  /// This hop's block and the next hop's beta, into the scratch.
  private mutating func decryptBeta(_ packet: Span<UInt8>) {
    beta.copy(Layout.beta, of: packet, to: 0)
    beta.wipe(Layout.beta.count..<Layout.stream)
    crypto.stream(KeyLayout.stream, of: hopKeys, over: 0..<Layout.stream, of: &beta)
  }

  /// Acts on this hop's block.
  private func verdict(_ packet: inout MutableSpan<UInt8>, _ secrets: inout MutableSpan<UInt8>) -> SphinxHeader {
    guard let version = version else { return .refused(.unknownVersion) }
    let address = beta.bytes32(at: Layout.address.lowerBound)
    let tag = hopKeys.bytes32(at: KeyLayout.tag.lowerBound)
    switch beta[Layout.flag] {
    case Layout.forwardFlag:
      var delay: UInt64 = 0
      for i in Layout.delay { delay = delay << 8 | UInt64(beta[i]) }
      beta.write(Layout.nextMAC, into: &packet, at: Layout.mac.lowerBound)
      beta.write(Layout.block..<Layout.stream, into: &packet, at: Layout.beta.lowerBound)
      keep(SphinxSecrets.State(forward: true, seed: version.hasSeeds), &secrets)
      return .forward(ForwardHop(nextHop: address, delay: Nanos(delay), tag: tag, version: version))
    case Layout.finalFlag:
      let identifier = beta.bytes16(at: Layout.identifier.lowerBound)
      keep(SphinxSecrets.State(forward: false, seed: version.hasSeeds), &secrets)
      let recipient = SphinxRecipient(destination: address, identifier: identifier)
      return .final(FinalHop(recipient: recipient, tag: tag, version: version))
    default: return .refused(.badRoute)
    }
  }

  /// The version inside this hop's block, if it is one that is spoken here.
  private var version: SphinxVersion? {
    let at = Layout.version.lowerBound
    return beta[at] == 0 ? SphinxVersion(rawValue: UInt16(beta[at + 1]) << 8 | UInt16(beta[at + 2])) : nil
  }

  /// Leaves the keys that phase two needs, and no others.
  private func keep(_ state: SphinxSecrets.State, _ secrets: inout MutableSpan<UInt8>) {
    hopKeys.write(state.isSeed ? KeyLayout.seed : KeyLayout.payload, into: &secrets, at: 0)
    if state.isForward {
      hopKeys.write(KeyLayout.blinding, into: &secrets, at: SphinxSecrets.blinding.lowerBound)
    }
    secrets[SphinxSecrets.state] = state.rawValue
  }
}
