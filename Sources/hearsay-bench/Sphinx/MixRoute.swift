import MixNet
import Sphinx

/// Nodes with keys, in the order of a route, and packets along them whose content is known.
struct MixRoute: Sendable {
  let keys: [SphinxSecretKey]
  let hops: [SphinxHop]
  let size = SphinxSize.regular
  let recipient = SphinxRecipient(
    destination: Fingerprint.service("bench"), identifier: Bytes16(words: [0x6265_6e63, 0x68]))

  /// Bytes of each message: the most that a packet carries.
  private static let messageSize = 2_048

  /// - Parameter delay: what each node but the last is asked to hold a packet for.
  init(hops count: Int, delay: Nanos = .zero) {
    var random = RandomStream(seed: Seed(3).derived("route", UInt64(count)))
    let keys = (0..<count).map { _ in SphinxSecretKey(random: &random) }
    self.keys = keys
    hops = keys.enumerated().map { number, key in
      SphinxHop(key: SphinxPublicKey(of: key), address: Fingerprint.of("hearsay bench node \(number)"), delay: delay)
    }
  }

  /// Message `number`.
  static func message(_ number: Int) -> [UInt8] { Stamp.bytes(UInt64(number), size: messageSize) }

  /// Packets with the messages from 0 on.
  func packets(_ count: Int) throws(BenchError) -> [[UInt8]] {
    let maker = PacketBatchMaker(self)
    var made: [[UInt8]] = []
    while made.count < count {
      try maker.make(from: made.count, count: min(PacketBatchMaker.size, count - made.count))
      made += maker.packets.prefix(count - made.count)
    }
    return made
  }

  /// Takes a packet through the nodes from `hop` on, as they would: the number of the message that the last one finds;
  /// nil when a node refuses the packet, sends it elsewhere, or the message is not as it was made.
  func deliver(_ packet: [UInt8], from first: Int = 0) -> Int? {
    var packet = packet
    for hop in first..<keys.count {
      guard let unwrapped = try? keys[hop].unwrap(packet) else { return nil }
      switch unwrapped {
      case .forward(let next, let further):
        guard hop + 1 < hops.count, next.nextHop == hops[hop + 1].address else { return nil }
        packet = further
      case .final(let end, let payload):
        guard hop == keys.count - 1, end.recipient == recipient else { return nil }
        guard let range = SphinxPayload.message(in: payload.span), range.count == Self.messageSize else { return nil }
        return Stamp.number(of: payload.span.extracting(range)).flatMap { Int(exactly: $0) }
      }
    }
    return nil
  }
}

/// The one file that a Sphinx node reads: its key.
struct OneKey: FileSource {
  let key: SphinxSecretKey

  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    guard path.hasSuffix("sphinx.key") else {
      throw StorageError(path: path, detail: "no such file", isMissing: true)
    }
    var bytes = [UInt8](repeating: 0, count: 32)
    var span = bytes.mutableSpan
    key.reveal(into: &span)
    return (Array(Hex.text(bytes).utf8), 0o600)
  }
}
