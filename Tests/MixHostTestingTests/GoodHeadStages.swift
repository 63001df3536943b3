import MixHost
import MixNet

// Stages as an author would write them, one for each role of the head. Every check passes them.

/// Lets each link have so many packets a second, and a burst of as many.
final class BucketStage: AdmissionStage {
  struct Config: Sendable {
    let rate: Int
    init(from table: inout ConfigTable) {
      rate = table.int("packets_s", default: 20_000, in: 1...1_000_000, "packets a second that a link may send")
    }
  }

  private let price: Nanos
  /// When each link has used up what it has sent so far; as many as there are links.
  private var paid: [LinkID: Instant] = [:]

  init(_ config: Config) { price = Nanos(1_000_000_000 / UInt64(config.rate)) }

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) { if !change.isUp { paid[change.link] = nil } }

  func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in arrivals.indices {
      let from = max(paid[arrivals.link(i)] ?? .zero, turn.now)
      if from - turn.now > .s(1) { verdicts.drop(i, .rateLimited) } else { paid[arrivals.link(i)] = from + price }
    }
  }

  static let descriptor = StageDescriptor(
    .admission, "bucket", summary: "drops what a link sends too fast", config: Config.init(from:),
    make: { (config: Config, _: inout StageBuilder) throws(BuildError) -> any AdmissionStage in BucketStage(config) })
}

/// Packets of 64 to 256 bytes: an id of 32 and a masked body. The mask is in the scratch from decode to finish.
final class MaskStage: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      let first = batch.bytes(i)[0]
      if first == 0xff {
        verdicts.drop(i, .unknownVersion)
        continue
      }
      columns.setID(i, Bytes32(batch.bytes(i)))
      var parts = batch.withScratch(i)
      parts.scratch[0] = first
    }
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      var parts = batch.withScratch(i)
      let mask = parts.scratch[0]
      for at in parts.packet.indices { parts.packet[at] ^= mask }
      if !batch.trim(i, front: 32) { verdicts.drop(i, .wrongSize) }
    }
  }

  static let descriptor = StageDescriptor(
    .decode, "mask", summary: "takes the mask off", provides: .id,
    config: { (_: inout ConfigTable) in true },
    shape: { (_: Bool) in
      DecodeShape(framing: .peer, limits: FrameLimits(64...256), protocolName: "mask", scratchSize: 8)
    },
    make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in MaskStage() })
}

/// Drops ids that are among the last ones seen; the table never grows.
final class RecentStage: VerifyStage {
  private var seen: [Bytes32]

  init(places: Int) { seen = [Bytes32](repeating: Bytes32(), count: places) }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      let id = columns.id(i)
      let place = Int(id.prefix % UInt64(seen.count))
      if seen[place] == id { verdicts.drop(i, .replayed) } else { seen[place] = id }
    }
  }

  static let descriptor = StageDescriptor(
    .verify, "recent", summary: "drops what was here a moment ago", needs: .id,
    config: { (table: inout ConfigTable) in
      table.int("places", default: 4_096, in: 16...1_048_576, "ids that are remembered")
    },
    make: { (places: Int, _: inout StageBuilder) throws(BuildError) -> any VerifyStage in RecentStage(places: places) })
}
