/// One packet, unwrapped at one node.
public enum SphinxUnwrapped: Hashable, Sendable {
  /// What the block said, and the packet for the next hop.
  case forward(ForwardHop, packet: [UInt8])
  /// What the block said, and the payload, from which all layers of a forward packet are off.
  case final(FinalHop, payload: [UInt8])
}

extension SphinxSecretKey {
  /// Unwraps one packet, of any allowed size: for tools. A node uses a ``SphinxUnwrapper``, which this is built on.
  /// - Throws: why a node would refuse the packet.
  public func unwrap(_ packet: [UInt8]) throws(SphinxRefusal) -> SphinxUnwrapped {
    guard let size = try? SphinxSize(packet: packet.count) else { throw .wrongSize }
    var packet = packet
    var secrets = [UInt8](repeating: 0, count: SphinxSecrets.size)
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(self), size: size, capacity: 1)
    unwrapper.beginHeaders()
    if let refusal = unwrapper.load(0, packet.span) { throw refusal }
    var header = SphinxHeader.undecided
    while unwrapper.exchange() {
      var bytes = packet.mutableSpan
      var scratch = secrets.mutableSpan
      header = unwrapper.header(0, &bytes, &scratch)
    }
    if case .refused(let refusal) = header { throw refusal }
    unwrapper.beginPayloads()
    var bytes = packet.mutableSpan
    var scratch = secrets.mutableSpan
    unwrapper.payload(0, &bytes, &scratch)
    unwrapper.blind()
    if unwrapper.awaits(0) { unwrapper.alpha(0, &bytes) }
    unwrapper.end()
    switch header {
    case .forward(let hop): return .forward(hop, packet: packet)
    case .final(let hop): return .final(hop, payload: Array(packet[SphinxSize.header...]))
    case .refused(let refusal): throw refusal
    case .undecided: throw .badMAC
    }
  }
}
