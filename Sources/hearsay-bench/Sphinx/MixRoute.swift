import MixNet
import Sphinx

/// Nodes with keys, in the order of a route, and packets along them whose content is known.
struct MixRoute: Sendable {
  let keys: [SphinxSecretKey]
  let hops: [SphinxHop]
  let recipient = SphinxRecipient(
    destination: Fingerprint.service("bench"), identifier: Bytes16(words: [0x6265_6e63, 0x68]))
  let version = SphinxVersion.v260
  let size = SphinxSize.regular

  /// Bytes of each message: the most that a packet carries.
  static let messageSize = 2_048

  init(hops count: Int) {
    var random = RandomStream(seed: Seed(3).derived("route", UInt64(count)))
    let keys = (0..<count).map { _ in SphinxSecretKey(random: &random) }
    self.keys = keys
    hops = keys.enumerated().map { number, key in
      SphinxHop(
        key: SphinxPublicKey(of: key), address: Fingerprint.of("hearsay bench node \(number)"), delay: .zero)
    }
  }

  /// Makes the packet with message `number`.
  func make(
    _ number: UInt64, into packet: inout MutableSpan<UInt8>, _ sender: inout SphinxSender,
    _ random: inout RandomStream
  ) throws(SphinxError) {
    let message = Stamp.bytes(number, size: Self.messageSize)
    try sender.create(
      &packet, message: message.span, along: hops.span, to: recipient, version: version, random: &random)
  }

  /// `count` packets, numbered from `first` on.
  func packets(_ count: Int, from first: Int = 0) throws(BenchError) -> [[UInt8]] {
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(4).derived("packets", UInt64(first)))
    var made: [[UInt8]] = []
    made.reserveCapacity(count)
    for number in first..<first + count {
      var packet = [UInt8](repeating: 0, count: size.packet)
      var span = packet.mutableSpan
      do throws(SphinxError) { try make(UInt64(number), into: &span, &sender, &random) } catch {
        throw BenchError("no packet can be made: \(error)")
      }
      made.append(packet)
    }
    return made
  }

  /// Takes a packet through the nodes from `hop` on, as they would: the number of the message that the last one finds;
  /// nil when a node refuses the packet, sends it elsewhere, or the message is not as it was made.
  func deliver(_ packet: [UInt8], from hop: Int = 0) -> UInt64? {
    guard let payload = payload(packet, from: hop), let range = SphinxPayload.message(in: payload.span) else {
      return nil
    }
    return range.count == Self.messageSize ? Stamp.number(of: payload.span.extracting(range)) : nil
  }

  /// What the last node finds; nil when the packet does not get there.
  func payload(_ packet: [UInt8], from first: Int = 0) -> [UInt8]? {
    var packet = packet
    for hop in first..<keys.count {
      guard let unwrapped = try? keys[hop].unwrap(packet) else { return nil }
      switch unwrapped {
      case .forward(let next, let further):
        guard hop + 1 < hops.count, next.nextHop == hops[hop + 1].address else { return nil }
        packet = further
      case .final(let end, let payload):
        return hop == keys.count - 1 && end.recipient == recipient ? payload : nil
      }
    }
    return nil
  }
}
