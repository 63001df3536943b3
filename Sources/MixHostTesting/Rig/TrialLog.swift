import MixHost
import MixNet

/// What a watched chain was seen to do with each packet. It crosses to where the chain's stages are made, and that is
/// the thread of the kit.
final class TrialLog: @unchecked Sendable {
  /// One way that a packet, or something of a stage's own, left the chain.
  struct Exit: Equatable {
    let target: String
    let bytes: [UInt8]
  }

  /// What became of one packet.
  struct Fate: Equatable {
    var verdicts: [String] = []
    var exits: [Exit] = []
    /// Times that it was given an outlet by which it left.
    var settled = 0
    /// What the stage under test wrote to the columns.
    var columns = ""
    /// What the stage under test added to its deadline.
    var delay: Nanos?
    var cameToMix: Instant?
    var left: Instant?

    /// True when it has ended as it should: in one way, once.
    var hasEndedOnce: Bool { verdicts.count + settled == 1 }

    /// The same but for the time, which a batch may shift.
    func isLike(_ other: Fate) -> Bool {
      verdicts == other.verdicts && exits == other.exits && columns == other.columns && delay == other.delay
    }
  }

  private(set) var fates: [Fate]
  /// Everything that was seen, in its order.
  private(set) var events: [String] = []
  /// Breaches that the watchers saw while a stage was called.
  private(set) var breaches: [String] = []
  /// The sample that each slot was last fed with.
  private var sampleOf: [Int] = []
  var samples: [SamplePacket]
  var now = Instant.zero

  init(samples: [SamplePacket]) {
    self.samples = samples
    fates = [Fate](repeating: Fate(), count: samples.count)
  }

  /// A sample has been put into a slot.
  func feed(_ sample: Int, slot: UInt32) {
    while sampleOf.count <= Int(slot) { sampleOf.append(-1) }
    sampleOf[Int(slot)] = sample
  }

  /// The sample in a slot that came on a link. A packet without a link is a stage's own.
  func sample(slot: UInt32, link: LinkID) -> Int? {
    guard link != .none, Int(slot) < sampleOf.count, sampleOf[Int(slot)] >= 0 else { return nil }
    return sampleOf[Int(slot)]
  }

  /// The sample at a place of a batch; nil for a packet of a stage's own, and for one that was taken.
  func sample(_ batch: borrowing PacketBatch, _ i: Int) -> Int? {
    guard let slot = batch.slotNumber(i) else { return nil }
    return sample(slot: slot, link: batch.link(i))
  }

  func verdict(_ sample: Int, _ verdict: String) {
    fates[sample].verdicts.append(verdict)
    fates[sample].left = now
    event("packet \(sample) is \(verdict)")
  }

  func settle(_ sample: Int) {
    fates[sample].settled += 1
    fates[sample].left = now
  }

  func exit(_ sample: Int?, _ target: String, _ bytes: [UInt8]) {
    let what = sample.map { "packet \($0)" } ?? "something of the stage's own"
    event("\(what) leaves \(target): \(bytes.count) bytes, \(Fingerprint.of(bytes).description.prefix(12))")
    if let sample { fates[sample].exits.append(Exit(target: target, bytes: bytes)) }
  }

  func columns(_ sample: Int, _ text: String) { fates[sample].columns = text }
  func delay(_ sample: Int, _ delay: Nanos) { fates[sample].delay = delay }
  func comeToMix(_ sample: Int) { fates[sample].cameToMix = now }
  func breach(_ sentence: String) { breaches.append(sentence) }
  func event(_ text: String) { events.append("\((now - Rig.start).ns) ns: \(text)") }
}
