import MixNet

/// Sends packets as a client: the same again, damaged ones, or noise.
final class PacketAdversary: Adversary {
  enum Trade { case replay, tamper, flood }

  private let trade: Trade
  private let wires: RawWires
  private let door: Attached
  private let wiretap: Wiretap
  private let entries: [Int]
  private var random: RandomStream
  private var pace: Pace
  private var sent = 0

  init(_ trade: Trade, perSecond: UInt64, _ post: AdversaryPost) {
    self.trade = trade
    random = RandomStream(seed: post.seed)
    wires = RawWires(post.environment)
    entries = post.targets.indices.filter { post.targets[$0].layer == 0 }
    door = Attached(wires, post.targets, places: entries, &random)
    wiretap = post.wiretap
    pace = Pace(perSecond: perSecond, from: wires.now)
  }

  func turn() -> Instant {
    wires.poll()
    let next = door.keepUp()
    while pace.isDue(wires.now) {
      guard let (target, packet) = makePacket() else { continue }
      if door.send(packet, to: target) { sent += 1 }
    }
    return min(next, pace.next)
  }

  private func makePacket() -> (target: Int, bytes: [UInt8])? {
    switch trade {
    case .replay: return wiretap.any(&random)
    case .tamper:
      guard var packet = wiretap.any(&random) else { return nil }
      // Half of them in the header.
      let bits = UInt64(8 * (random.below(2) == 0 ? 348 : packet.bytes.count))
      let bit = Int(random.below(bits))
      packet.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      return packet
    case .flood:
      guard !entries.isEmpty else { return nil }
      var bytes = [UInt8](repeating: 0, count: 2_413)
      var span = bytes.mutableSpan
      random.fill(&span)
      return (entries[Int(random.below(UInt64(entries.count)))], bytes)
    }
  }

  var deeds: [(name: String, count: Int)] { [("connections", wires.begun), ("packets", sent)] }
}

extension AdversaryKind {
  /// Sends honest packets again.
  public static let replay = AdversaryKind(
    "replay", summary: "sends packets again that honest clients have sent, 20 a second", hosts: 1,
    leaves: ["replayed"], counts: .copies
  ) { PacketAdversary(.replay, perSecond: 20, $0) }

  /// Sends noise.
  public static let flood = AdversaryKind(
    "flood", summary: "sends noise of a packet's size, 100 a second", hosts: 1, leaves: ["bad_mac", "bad_key"],
    counts: .packets
  ) { PacketAdversary(.flood, perSecond: 100, $0) }

  /// Sends honest packets with one bit flipped.
  public static let tamper = AdversaryKind(
    "tamper", summary: "sends honest packets with a bit flipped, 20 a second", hosts: 1,
    leaves: ["bad_mac", "replayed", "bad_key"], counts: .copies
  ) { PacketAdversary(.tamper, perSecond: 20, $0) }
}
