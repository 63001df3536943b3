import MixHost
import MixNet

/// What a watched chain was seen to do with each packet. It crosses to where the chain's stages are made, and that is
/// the thread of the kit.
final class TrialLog: @unchecked Sendable {
  let samples: [SamplePacket]
  private(set) var fates: [PacketFate]
  /// What left the chain that was no sample, in order: frames and packets of the stage's own.
  private(set) var own: [PacketFate.Departure] = []
  /// Everything that was seen, in its order.
  private(set) var events: [String] = []
  /// Breaches that the watchers saw while a stage was called.
  private(set) var breaches: [String] = []
  /// The sample that each slot was last fed with. There is room for the slots of all chains of the kit: it must not grow
  /// while allocations are counted, when a slot is used for the first time.
  private var sampleOf = [Int](repeating: -1, count: 4_096)
  var now = Instant.zero

  init(samples: [SamplePacket]) {
    self.samples = samples
    fates = [PacketFate](repeating: PacketFate(), count: samples.count)
  }

  /// A sample has been put into a slot.
  func feed(_ sample: Int, slot: UInt32) {
    while sampleOf.count <= Int(slot) { sampleOf.append(-1) }
    sampleOf[Int(slot)] = sample
    fates[sample].fed = now
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

  func verdict(_ sample: Int, _ verdict: PacketFate.Verdict) {
    fates[sample].verdicts.append(verdict)
    end(sample)
    event("packet \(sample) is \(verdict)")
  }

  func settle(_ sample: Int) {
    fates[sample].settled += 1
    end(sample)
  }

  private func end(_ sample: Int) {
    fates[sample].left = now
    fates[sample].stay = now - fates[sample].fed
  }

  func departure(_ sample: Int?, _ departure: PacketFate.Departure) {
    event("\(sample.map { "packet \($0)" } ?? "something of the stage's own") leaves \(departure)")
    if let sample { fates[sample].departures.append(departure) } else { own.append(departure) }
  }

  func columns(_ sample: Int, _ text: String) { fates[sample].columns = text }
  func delay(_ sample: Int, _ delay: Nanos) { fates[sample].delay = delay }
  func comeToMix(_ sample: Int) { fates[sample].cameToMix = now }
  func breach(_ sentence: String) { breaches.append(sentence) }
  func event(_ text: String) { events.append("\((now - Rig.start).ns) ns: \(text)") }
}
