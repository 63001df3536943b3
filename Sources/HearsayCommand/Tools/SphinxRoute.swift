import MixNet
import OrderedJSON
import Sphinx

/// Where a packet is to go, as a line says it.
struct SphinxRoute {
  let version: SphinxVersion
  var hops: [SphinxHop]
  let recipient: SphinxRecipient

  /// Reads `version`, `hops`, `destination` and `identifier`.
  init(_ fields: LineFields) throws(LineError) {
    version = try Self.version(fields)
    hops = try Self.hops(fields)
    recipient = SphinxRecipient(
      destination: Bytes32(try fields.bytes("destination", 32)),
      identifier: Bytes16(try fields.bytes("identifier", 16)))
  }

  private static func version(_ fields: LineFields) throws(LineError) -> SphinxVersion {
    let allowed = "258, 259 or 260"
    let json = try fields.value("version", allowed)
    guard let version = json.uint.flatMap(UInt16.init(exactly:)).flatMap(SphinxVersion.init(rawValue:)) else {
      throw fields.wrong("version", allowed, found: LineFields.found(json))
    }
    return version
  }

  private static func hops(_ fields: LineFields) throws(LineError) -> [SphinxHop] {
    let allowed = "a list of 1 to \(SphinxSize.hopsMax) objects"
    let json = try fields.value("hops", allowed)
    guard let list = json.list else { throw fields.wrong("hops", allowed, found: LineFields.found(json)) }
    guard (1...SphinxSize.hopsMax).contains(list.count) else {
      throw fields.wrong("hops", allowed, found: "a list of \(list.count)")
    }
    var hops: [SphinxHop] = []
    for (i, json) in list.enumerated() {
      let fields = try LineFields(json, at: "hops[\(i)]", names: ["public_key", "address", "delay_nanos"])
      hops.append(
        SphinxHop(
          key: try key(fields), address: Bytes32(try fields.bytes("address", 32)),
          delay: Nanos(try fields.number("delay_nanos", in: 0...UInt64.max))))
    }
    return hops
  }

  private static func key(_ fields: LineFields) throws(LineError) -> SphinxPublicKey {
    let bytes = Bytes32(try fields.bytes("public_key", 32))
    do throws(SphinxError) { return try SphinxPublicKey(bytes) } catch {
      let found = error == .lowOrderKey ? "a point of low order" : "an encoding that is not canonical"
      throw fields.wrong("public_key", "an X25519 key in its canonical encoding, not of low order", found: found)
    }
  }
}
