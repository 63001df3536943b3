import MixNet

/// Where points and scalars lie in a sender's scratch: 32 bytes each.
enum Work {
  static let scalar = 0
  static let blinding = 32
  static let point = 64
  /// The secret shared with the hop at hand.
  static let secret = 96
  static let size = 128
}

/// The header of a packet or of a reply block: alpha, mac and beta.
extension SphinxSender {
  /// Makes ``header`` and ``tags`` for the packet at `place`, from its choices and its keys.
  mutating func makeHeader(_ place: Int) {
    let route = routes[place]
    let keys = KeyLayout.route * place
    tags.removeAll(keepingCapacity: true)
    for hop in 0..<route.count {
      tags.append(hopKeys.bytes32(at: KeyLayout.tag.lowerBound + keys + KeyLayout.total * hop))
    }
    makeStreams(keys, route.count)
    makeFiller(route.count)
    header.wipe()
    header.copy(32 * place..<32 * place + 32, of: alphas, to: Layout.alpha.lowerBound)
    wrapFinal(place, route)
    for hop in (0..<route.count - 1).reversed() {
      let next = route.first + hop + 1
      wrapForward(hop, keys, to: hops[next].address, after: hops[next - 1].delay, route.version)
    }
  }

  private mutating func makeStreams(_ keys: Int, _ hops: Int) {
    streams.wipe(0..<Layout.stream * hops)
    for hop in 0..<hops {
      let stream = Layout.stream * hop..<Layout.stream * (hop + 1)
      crypto.stream(KeyLayout.stream + keys + KeyLayout.total * hop, of: hopKeys, over: stream, of: &streams)
    }
  }

  /// What the last hop finds behind its padding: the zeros that the hops before appended, decrypted by each that followed.
  private mutating func makeFiller(_ hops: Int) {
    filler.wipe()
    for hop in 0..<hops - 1 {
      let end = Layout.stream * (hop + 1)
      filler.xor(end - Layout.block * (hop + 1)..<end, of: streams, to: 0)
    }
  }

  /// The last hop's block, padding, filler and mac.
  private mutating func wrapFinal(_ place: Int, _ route: Route) {
    let hops = route.count
    let beta = Layout.beta.lowerBound
    let filled = Layout.filler(hops: hops)
    let own = Layout.beta.count - filled
    startBlock(Layout.finalFlag, route.version, route.recipient.destination)
    header.set(route.recipient.identifier, at: beta + Layout.identifier.lowerBound)
    let padding = Choices.size * place + Choices.padding
    header.copy(
      padding..<padding + Layout.padding(hops: hops), of: choices, to: beta + Layout.identifier.upperBound)
    header.xor(Layout.stream * (hops - 1)..<Layout.stream * (hops - 1) + own, of: streams, to: beta)
    header.copy(0..<filled, of: filler, to: beta + own)
    sign(KeyLayout.route * place + KeyLayout.total * (hops - 1))
  }

  /// A hop's block in front of the next hop's beta, encrypted, and the mac.
  private mutating func wrapForward(
    _ hop: Int, _ keys: Int, to next: Bytes32, after delay: Nanos, _ version: SphinxVersion
  ) {
    let beta = Layout.beta.lowerBound
    header.move(beta..<Layout.beta.upperBound - Layout.block, to: beta + Layout.block)
    startBlock(Layout.forwardFlag, version, next)
    for i in 0..<8 {
      header[beta + Layout.delay.lowerBound + i] = UInt8(truncatingIfNeeded: delay.ns >> (56 - 8 * UInt64(i)))
    }
    header.move(Layout.mac, to: beta + Layout.nextMAC.lowerBound)
    header.xor(Layout.stream * hop..<Layout.stream * hop + Layout.beta.count, of: streams, to: beta)
    sign(keys + KeyLayout.total * hop)
  }

  /// Flag, version and address of a block at the start of beta.
  private mutating func startBlock(_ flag: UInt8, _ version: SphinxVersion, _ address: Bytes32) {
    let beta = Layout.beta.lowerBound
    header[beta + Layout.flag] = flag
    header[beta + Layout.version.lowerBound] = 0
    header[beta + Layout.version.lowerBound + 1] = UInt8(version.rawValue >> 8)
    header[beta + Layout.version.lowerBound + 2] = UInt8(version.rawValue & 0xff)
    header.set(address, at: beta + Layout.address.lowerBound)
  }

  /// The mac over beta, under the keys of the hop that lie at `keys`.
  private mutating func sign(_ keys: Int) {
    headerMAC(KeyLayout.mac + keys, of: hopKeys, over: Layout.beta, of: &header, to: Layout.mac.lowerBound)
  }
}
