import MixHost
import MixNet

/// What a node keeps over a restart: numbers that must not come again, and whom it knew. Big-endian: `"hearsay-gossip-1" 16 | incarnation 8 | epoch
/// 8 | count 1 |` as many records, and a hash of all before.
struct GossipFile: Equatable, Sendable {
  var incarnation: UInt64 = 0
  var epoch: UInt64 = 0
  var known: [NodeRecord] = []

  static let knownMax = 32
  static let sizeMax = 16 + 16 + 1 + knownMax * NodeRecord.sizeMax + 32
  private static let name = Array("hearsay-gossip-1".utf8)

  init() {}

  var bytes: [UInt8] {
    var bytes = Self.name
    bytes.append(bigEndian: incarnation)
    bytes.append(bigEndian: epoch)
    let some = known.prefix(Self.knownMax)
    bytes.append(UInt8(some.count))
    for record in some { record.encode(into: &bytes) }
    return bytes + Fingerprint.of(bytes).array
  }

  /// Nil for anything that was not written so.
  init?(_ bytes: [UInt8]) {
    let end = bytes.count - 32
    guard end >= 33, Array(bytes.prefix(16)) == Self.name,
      Fingerprint.of(Array(bytes[..<end])).array == Array(bytes[end...])
    else { return nil }
    var reader = FieldReader()
    let span = bytes.span.extracting(16..<end)
    guard let incarnation = reader.u64(span), let epoch = reader.u64(span),
      let known = reader.list(span, most: Self.knownMax, { NodeRecord(&$0, $1) }), reader.isAtEnd(span)
    else { return nil }
    (self.incarnation, self.epoch, self.known) = (incarnation, epoch, known)
  }
}
