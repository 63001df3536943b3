import MixNet
import OrderedJSON
import VRFDelay

/// One epoch of a node, as an auditor's line tells it: the node's proof, and packets of the auditor's own.
struct VRFAudit {
  /// What comes of it.
  struct Finding {
    let json: JSON
    /// The proof is the node's, and no packet was delayed otherwise than it says.
    let isHonest: Bool
  }

  /// A packet of the auditor's, by its replay tag at the node.
  private struct Packet {
    let tag: Bytes32
    /// When it was handed to the node, and when it came back, in milliseconds since 1970-01-01 UTC.
    let timeIn: Double
    let timeOut: Double
  }

  let finding: Finding

  /// Reads and judges a line.
  init(_ line: [UInt8]) throws(LineError) {
    let fields = try LineFields(
      line: line,
      names: [
        "public_key", "chain", "epoch_s", "epoch", "law", "mean_ms", "max_ms", "pi", "tolerance_ms", "packets",
      ])
    let key = try fields.bytes("public_key", 32)
    let epoch = try Self.epoch(fields)
    let law = try Self.law(fields)
    let pi = try fields.bytes("pi", 0...Int.max, "bytes in hex")
    let tolerance = try Self.milliseconds("tolerance_ms", fields)
    let packets = try Self.packets(fields)
    guard let key = VRFPublicKey(Bytes32(key)), let proof = VRFProof(pi.span),
      let audit = DelayAudit(key, epoch, proof, law)
    else {
      finding = Finding(json: .object([("valid", .bool(false)), ("delays", .list([]))]), isHonest: false)
      return
    }
    var (honest, dishonest) = (0, 0)
    var delays: [JSON] = []
    for packet in packets {
      let expected = Double(audit.delay(of: packet.tag).ns) / 1e6
      let measured = packet.timeOut - packet.timeIn
      let isHonest = abs(measured - expected) <= tolerance
      let isJudged = Self.place(packet.timeIn, in: epoch, tolerance) ?? isHonest
      if isJudged { if isHonest { honest += 1 } else { dishonest += 1 } }
      delays.append(
        .object([
          ("tag", .text(packet.tag.description)), ("expected_ms", .double(expected)),
          ("measured_ms", .double(measured)),
          ("honest", isJudged ? .bool(isHonest) : .null),
        ]))
    }
    finding = Finding(
      json: .object([
        ("valid", .bool(true)), ("honest", .int(honest)), ("dishonest", .int(dishonest)),
        ("not_judged", .int(packets.count - honest - dishonest)), ("delays", .list(delays)),
      ]), isHonest: dishonest == 0)
  }

  /// Whether a packet that came at this time was in the epoch; nil so near to one of its ends that it may have been.
  private static func place(_ time: Double, in epoch: EpochName, _ tolerance: Double) -> Bool? {
    guard let start = epoch.startMS.map({ Double($0) }) else { return false }
    let end = start + Double(epoch.seconds) * 1_000
    if time < start - tolerance || time >= end + tolerance { return false }
    return time >= start + tolerance && time < end - tolerance ? true : nil
  }

  private static func epoch(_ fields: LineFields) throws(LineError) -> EpochName {
    let chain = try fields.chain()
    let seconds = try fields.number("epoch_s", in: 1...604_800)
    return EpochName(
      chain: chain, seconds: UInt32(truncatingIfNeeded: seconds),
      number: try fields.number("epoch", in: 0...UInt64.max))
  }

  private static func law(_ fields: LineFields) throws(LineError) -> DelayLaw {
    DelayLaw(
      try fields.choice("law", DelayLaw.Kind.self), mean: .ms(try fields.number("mean_ms", in: 0...3_600_000)),
      max: .ms(try fields.number("max_ms", in: 1...3_600_000)))
  }

  private static func packets(_ fields: LineFields) throws(LineError) -> [Packet] {
    let allowed = "a list of objects with tag, in_ms and out_ms"
    let json = try fields.value("packets", allowed)
    guard let list = json.list else { throw fields.wrong("packets", allowed, found: LineFields.found(json)) }
    var packets: [Packet] = []
    for (i, json) in list.enumerated() {
      let fields = try LineFields(json, at: "packets[\(i)]", names: ["tag", "in_ms", "out_ms"])
      packets.append(
        Packet(
          tag: Bytes32(try fields.bytes("tag", 32)), timeIn: try milliseconds("in_ms", fields),
          timeOut: try milliseconds("out_ms", fields)))
    }
    return packets
  }

  /// A time or a length, with or without a fraction.
  private static func milliseconds(_ name: String, _ fields: LineFields) throws(LineError) -> Double {
    let allowed = "a number of milliseconds from 0 to 9007199254740991"
    let json = try fields.value(name, allowed)
    let number: Double? =
      switch json {
      case .int(let value): Double(value)
      case .double(let value): value
      default: nil
      }
    guard let number, number >= 0, number <= 9_007_199_254_740_991 else {
      throw fields.wrong(name, allowed, found: LineFields.found(json))
    }
    return number
  }
}
