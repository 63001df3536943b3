import MixHost
import MixNet

/// `random_bytes`: what a peer may send, and what a decode stage may make of it.
func checkRandomBytes(_ rig: Rig) throws(Finding) {
  let probe = try Trial(rig, TrialSettings(seed: rig.seed("bytes")))
  let addresses = probe.chain.sides[0].claims + rig.conformance.node.directory.nodes.map(\.address)
  for round in 0..<4 as Range<UInt64> {
    var random = RandomStream(seed: rig.seed("bytes", round))
    let samples = (0..<512).map { _ in wildPacket(rig, addresses, &random) }
    let trial = try Trial(rig, TrialSettings(seed: rig.seed("bytes run", round), workers: 2), samples: samples)
    try trial.begin()
    var next = 0
    while next < samples.count {
      let burst = 1 + Int(random.below(UInt64(2 * Rig.batchSize)))
      for number in next..<min(samples.count, next + burst) { _ = trial.feed(number, worker: number % 2) }
      next += burst
      try trial.settle()
      happen(trial.chain, &random)
      try trial.advance(by: .us(random.below(20_000)))
    }
    try trial.advance(by: .s(2))
    try trial.drain()
    let (came, went) = trial.chain.accounts
    if came != went { throw Finding("of \(came) random packets \(came - went) were lost") }
    try checkAllFree(trial)
  }
}

/// One packet out of five kinds: noise, a sample, and samples with wrong bits, cut short or made longer.
private func wildPacket(_ rig: Rig, _ addresses: [Bytes32], _ random: inout RandomStream) -> SamplePacket {
  let limits = rig.shape.limits
  let sample = rig.samples[Int(random.below(UInt64(rig.samples.count)))]
  // A decode stage gets what the link lets through; the later ones what a decode stage may have left.
  let least = rig.role == .decode ? limits.dataMin : 0
  let most = min(limits.dataMax, max(least, 4_096))
  let size = least + Int(random.below(UInt64(most - least + 1)))
  var bytes = sample.bytes
  switch random.below(5) {
  case 0: bytes = SamplePacket.bytes(size, &random)
  case 1: break
  case 2:
    for _ in 0...random.below(4) where !bytes.isEmpty {
      bytes[Int(random.below(UInt64(bytes.count)))] ^= UInt8(truncatingIfNeeded: 1 << random.below(8))
    }
  case 3: bytes = Array(bytes.prefix(max(least, min(size, bytes.count))))
  default: bytes += SamplePacket.bytes(max(0, size - bytes.count), &random)
  }
  return SamplePacket(
    bytes, link: Int(random.below(8)), id: random.below(4) == 0 ? sample.id : wildAddress(addresses, &random),
    sender: wildAddress(addresses, &random), route: wildRoute(addresses, sample, &random),
    headerDelay: [sample.headerDelay, .zero, Nanos(.max), Nanos(random.next())][Int(random.below(4))],
    priority: UInt8(truncatingIfNeeded: random.next()))
}

/// An address that means something here, or none, or a stranger's.
private func wildAddress(_ addresses: [Bytes32], _ random: inout RandomStream) -> Bytes32 {
  let number = Int(random.below(UInt64(2 * addresses.count + 1)))
  if number == 0 { return Bytes32() }
  return number <= addresses.count ? addresses[number - 1] : Bytes32(SamplePacket.bytes(32, &random))
}

private func wildRoute(_ addresses: [Bytes32], _ sample: SamplePacket, _ random: inout RandomStream) -> Route {
  switch random.below(5) {
  case 0: .none
  case 1: .node(wildAddress(addresses, &random))
  case 2: .destination(wildAddress(addresses, &random), identifier: Bytes16(SamplePacket.bytes(16, &random)))
  default: sample.route
  }
}

/// Other things that peers bring about: datagrams, frames on links of the stage's own, links that come and go, sends that
/// fail.
private func happen(_ chain: LoneChain, _ random: inout RandomStream) {
  let bytes = SamplePacket.bytes(Int(random.below(UInt64(datagramMax + 1))), &random)
  chain.datagram(bytes.span, from: .loopback(port: UInt16(truncatingIfNeeded: random.next())))
  for link in chain.links where link.isOwn && random.below(2) == 0 {
    let frame = SamplePacket.bytes(Int(random.below(512)), &random)
    chain.frame(frame.span, on: link)
  }
  let incoming = LinkID.incoming(Int(random.below(UInt64(StageConformance.links))))
  chain.change(incoming, isUp: random.below(2) == 0, peer: Bytes32(SamplePacket.bytes(32, &random)))
  for link in chain.links where random.below(8) == 0 {
    chain.change(link.link, isUp: random.below(2) == 0, isDialled: true)
  }
  chain.failSend(on: incoming, DropReason.allCases[Int(random.below(UInt64(DropReason.allCases.count)))])
}
