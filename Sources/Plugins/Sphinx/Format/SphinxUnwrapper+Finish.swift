/// Phase two: the payload's layer, and the alpha for the next hop.
extension SphinxUnwrapper {
  /// Begins the finish of a batch.
  public mutating func beginPayloads() { end() }

  /// Takes the payload's layer off, in place, with the keys that phase one left in `secrets`; wipes the scratch. A packet
  /// to be passed on then waits for ``blind()``; that of a last hop is done.
  public mutating func payload(
    _ place: Int, _ packet: inout MutableSpan<UInt8>, _ secrets: inout MutableSpan<UInt8>
  ) {
    precondition(packet.count == size.packet && secrets.count == SphinxSecrets.size, "not this packet's memory")
    guard let state = SphinxSecrets.State(rawValue: secrets[SphinxSecrets.state]), state != .empty else {
      preconditionFailure("no header was accepted for this packet")
    }
    if state.isSeed {
      seed.copy(0..<KeyLayout.payloadSeed, of: secrets.span, to: 0)
      crypto.payloadKey(from: 0..<KeyLayout.payloadSeed, of: seed, into: &payloadKey)
    } else {
      payloadKey.copy(SphinxSecrets.payload, of: secrets.span, to: 0)
    }
    crypto.lionessDecrypt(&packet, from: SphinxSize.header, 0..<KeyLayout.payloadKey, of: payloadKey)
    if state.isForward {
      batch.enter(place, point: Layout.alpha, of: packet.span, scalar: SphinxSecrets.blinding, of: secrets.span)
    }
    wipe(&secrets)
  }

  /// Blinds, all at once, the alphas of the packets to be passed on.
  public mutating func blind() { _ = batch.multiply(with: multiplier) }

  /// Writes the new alpha of the packet at `place`, one that awaits it; now it is ready for the next hop.
  public mutating func alpha(_ place: Int, _ packet: inout MutableSpan<UInt8>) {
    precondition(packet.count == size.packet, "not this packet's memory")
    let lane = batch.takeProduct(place)
    batch.products.write(lane, into: &packet, at: Layout.alpha.lowerBound)
  }
}
