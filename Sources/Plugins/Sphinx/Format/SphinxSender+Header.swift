import MixNet

/// Where points and scalars lie in a sender's scratch: 32 bytes each.
enum Work {
  /// One scalar for the initial secret and all blindings so far.
  static let scalar = 0
  static let blinding = 32
  static let point = 64
  /// The secret shared with the hop at hand.
  static let secret = 96
  static let initial = 128
  static let size = 160
}

/// The header of a packet or of a reply block: alpha, mac and beta.
extension SphinxSender {
  /// Makes ``header`` and ``hopKeys`` from ``choices``. The route has one to five hops.
  mutating func makeHeader(_ hops: Span<SphinxHop>, _ recipient: SphinxRecipient, _ version: SphinxVersion) {
    deriveKeys(hops)
    tags.removeAll(keepingCapacity: true)
    for hop in 0..<hops.count {
      tags.append(hopKeys.bytes32(at: KeyLayout.tag.lowerBound + KeyLayout.total * hop))
    }
    makeStreams(hops.count)
    makeFiller(hops.count)
    wrapFinal(hops.count, recipient, version)
    for hop in (0..<hops.count - 1).reversed() {
      wrapForward(hop, to: hops[hop + 1].address, after: hops[hop].delay, version)
    }
  }

  /// Alpha, and the keys of every hop.
  ///
  /// The secret shared with hop i is the initial secret times all blindings before times the hop's key. On the curve one
  /// scalar does that, modulo the order of the group; a key on the twist needs the multiplications one by one.
  mutating func deriveKeys(_ hops: Span<SphinxHop>) {
    work.copy(0..<32, of: choices, to: Work.initial)
    work.copy(0..<32, of: choices, to: Work.scalar)
    multiplyBase(Work.initial, into: Work.point, of: &work)
    header.copy(Work.point..<Work.point + 32, of: work, to: Layout.alpha.lowerBound)
    var isOneScalar = true
    for hop in 0..<hops.count {
      let key = hops[hop].key
      work.set(key.bytes, at: Work.point)
      if hop == 0 || (isOneScalar && key.isOnCurve) {
        multiply(Work.scalar, Work.point, into: Work.secret, of: &work)
      } else {
        multiplyOneByOne(hop)
      }
      let keys = KeyLayout.total * hop
      crypto.expandFirst(Work.secret..<Work.secret + 32, of: work, into: &hopKeys, at: keys)
      crypto.expandRest(into: &hopKeys, at: keys)
      work.copy(KeyLayout.blinding + keys, of: hopKeys, to: Work.blinding)
      isOneScalar = isOneScalar && multiplyScalars(Work.scalar, Work.blinding, into: Work.scalar, of: &work)
    }
  }

  /// The shared secret the long way: by the initial secret, then by each blinding.
  private mutating func multiplyOneByOne(_ hop: Int) {
    multiply(Work.initial, Work.point, into: Work.secret, of: &work)
    for before in 0..<hop {
      work.copy(KeyLayout.blinding + KeyLayout.total * before, of: hopKeys, to: Work.blinding)
      multiply(Work.blinding, Work.secret, into: Work.secret, of: &work)
    }
  }

  private mutating func makeStreams(_ hops: Int) {
    streams.wipe(0..<Layout.stream * hops)
    for hop in 0..<hops {
      let stream = Layout.stream * hop..<Layout.stream * (hop + 1)
      crypto.stream(KeyLayout.stream + KeyLayout.total * hop, of: hopKeys, over: stream, of: &streams)
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
  private mutating func wrapFinal(_ hops: Int, _ recipient: SphinxRecipient, _ version: SphinxVersion) {
    let beta = Layout.beta.lowerBound
    let filled = Layout.filler(hops: hops)
    let own = Layout.beta.count - filled
    startBlock(Layout.finalFlag, version, recipient.destination)
    header.set(recipient.identifier, at: beta + Layout.identifier.lowerBound)
    header.copy(32..<32 + Layout.padding(hops: hops), of: choices, to: beta + Layout.identifier.upperBound)
    header.xor(Layout.stream * (hops - 1)..<Layout.stream * (hops - 1) + own, of: streams, to: beta)
    header.copy(0..<filled, of: filler, to: beta + own)
    sign(hops - 1)
  }

  /// A hop's block in front of the next hop's beta, encrypted, and the mac.
  private mutating func wrapForward(_ hop: Int, to next: Bytes32, after delay: Nanos, _ version: SphinxVersion) {
    let beta = Layout.beta.lowerBound
    header.move(beta..<Layout.beta.upperBound - Layout.block, to: beta + Layout.block)
    startBlock(Layout.forwardFlag, version, next)
    for i in 0..<8 {
      header[beta + Layout.delay.lowerBound + i] = UInt8(truncatingIfNeeded: delay.ns >> (56 - 8 * UInt64(i)))
    }
    header.move(Layout.mac, to: beta + Layout.nextMAC.lowerBound)
    header.xor(Layout.stream * hop..<Layout.stream * hop + Layout.beta.count, of: streams, to: beta)
    sign(hop)
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

  private mutating func sign(_ hop: Int) {
    let key = KeyLayout.mac + KeyLayout.total * hop
    headerMAC(key, of: hopKeys, over: Layout.beta, of: &header, to: Layout.mac.lowerBound)
  }
}
