import MixHost
import MixNet

/// One life of a chain: it is fed, time passes, it is stopped.
final class Trial {
  let chain: LoneChain
  let log: TrialLog
  private(set) var now = Rig.start
  /// The samples that were fed, in that order: all but those for which there was no slot.
  private(set) var fed: [Int] = []
  /// Free slots that were found written to.
  private(set) var spoilt = 0
  private let isPainted: Bool
  private let stage: String
  private let greeting: StageConformance.Greeting?
  /// Called after every turn.
  var afterTurn: (LoneChain) -> Void = { _ in }

  /// Turns at one point of time, after which a stage is taken to ask for ever.
  private static let turnsMax = 1_000

  init(_ rig: Rig, _ settings: TrialSettings, samples: [SamplePacket]? = nil) throws(Finding) {
    isPainted = settings.isPainted
    stage = rig.conformance.stage.name
    greeting = rig.conformance.greeting
    log = TrialLog(samples: samples ?? rig.samples)
    chain = try rig.build(settings, log)
  }

  deinit { chain.end() }

  /// Starts the stages and brings the links up.
  func begin() throws(Finding) {
    chain.begin()
    for number in 0...StageConformance.links {
      var fields = HelloFields()
      let peer = greeting?(number)
      if let peer, !fields.set(stage, peer.bytes) { throw Finding("what a peer says does not fit a handshake") }
      chain.change(.incoming(number), isUp: true, peer: peer?.node ?? Bytes32(), fields: fields)
    }
    try settle()
  }

  /// Feeds one sample; false when there is no slot for it.
  func feed(_ number: Int, worker: Int = 0) -> Bool {
    let worker = worker % chain.sides.count
    let sample = log.samples[number]
    let link = LinkID.incoming(Int(sample.link.magnitude % UInt(StageConformance.links)), worker: worker)
    guard let slot = chain.feed(sample.bytes.span, on: link, worker: worker) else { return false }
    log.now = now
    log.feed(number, slot: slot)
    fed.append(number)
    return true
  }

  /// Feeds all samples, or the first `count`, in bursts of up to a batch, with pauses of up to 5 ms between them, to each
  /// worker in turn.
  func feedAll(upTo count: Int = Rig.sampleCount, _ random: inout RandomStream, workers: Int = 1) throws(Finding) {
    var next = 0
    while next < count {
      let burst = 1 + Int(random.below(UInt64(Rig.batchSize)))
      for number in next..<min(count, next + burst) { _ = feed(number, worker: number % workers) }
      next += burst
      try settle()
      try advance(by: .us(random.below(5_000)))
    }
  }

  /// The samples that were fed and have not ended once, in one way.
  var astray: [Int] { fed.filter { !log.fates[$0].hasEndedOnce } }

  /// Runs turns until nothing is left to do at this point of time.
  func settle() throws(Finding) {
    var turns = 0
    while turn() {
      turns += 1
      if turns > Self.turnsMax { throw Finding("after \(turns) turns at one point of time there is still more to do") }
    }
  }

  /// Lets time pass, and wakes the stages when they have asked for it.
  func advance(by time: Nanos) throws(Finding) {
    let end = now + time
    var turns = 0
    while chain.next <= end {
      turns = chain.next > now ? 0 : turns + 1
      if turns > Self.turnsMax { throw Finding("it asks again and again to be woken at a time that has come") }
      now = max(now, chain.next)
      try settle()
    }
    now = end
    try settle()
  }

  private func turn() -> Bool {
    log.now = now
    let more = chain.step(at: now) { exit in note(exit) }
    if isPainted { spoilt += chain.paintFree() }
    afterTurn(chain)
    return more
  }

  /// Stops the chain: rounds of draining until nothing is held, or some rounds have brought nothing.
  func drain() throws(Finding) {
    try settle()
    for _ in 0..<16 {
      log.now = now
      chain.drain { exit in note(exit) }
      try settle()
      if chain.held == 0 { return }
    }
  }

  private func note(_ exit: LoneExit) {
    let sample = chain.link(of: exit.slot).flatMap { log.sample(slot: exit.slot, link: $0) }
    var bytes = chain.bytes(of: exit.slot, skipping: exit.skip)
    let target: PacketFate.Target
    switch exit.target {
    case .link(let link, let prefix):
      target = .link(link)
      bytes = prefix.array + bytes
    case .client(let address, let identifier): target = .client(address, identifier: identifier)
    case .chain(let number): target = .chain(number)
    case .datagram(let address): target = .datagram(address)
    }
    log.departure(sample, PacketFate.Departure(target: target, bytes: bytes))
  }
}
