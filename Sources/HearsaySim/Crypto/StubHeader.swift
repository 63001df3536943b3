import MixNet
import Sphinx

/// The header of a packet of the stand-in.
enum StubHeader {
  /// One hop, as the maker of a packet knows it.
  struct Hop {
    let address: Bytes32
    let key: Bytes32
    let delay: Nanos
  }

  /// Writes a header, from the last hop's block to the first one's; gives each hop's secret.
  static func write(
    into packet: inout MutableSpan<UInt8>, _ route: [Hop], _ recipient: SphinxRecipient, _ random: inout RandomStream
  ) -> [StubFormat.Secret]? {
    guard (1...SphinxSize.hopsMax).contains(route.count) else { return nil }
    let alpha = Bytes32(words: [random.next(), random.next(), random.next(), random.next() | 1])
    var secrets: [StubFormat.Secret] = []
    for hop in route { secrets.append(StubFormat.Secret(secrets.last?.next ?? alpha, hop.key)) }
    var beta = [UInt8](repeating: 0, count: StubFormat.beta.count)
    var mac = Bytes16()
    for place in route.indices.reversed() {
      if place < route.count - 1 {
        beta.removeLast(StubFormat.block)
        beta.insert(contentsOf: repeatElement(0, count: StubFormat.block), at: 0)
      }
      var span = beta.mutableSpan
      let isLast = place == route.count - 1
      span[0] = isLast ? StubFormat.finalFlag : StubFormat.forwardFlag
      span[1] = 0
      span.put(bigEndian: StubFormat.version, at: StubFormat.versionAt)
      if isLast {
        recipient.destination.write(to: &span, at: StubFormat.address)
        recipient.identifier.write(to: &span, at: StubFormat.identifier)
      } else {
        route[place + 1].address.write(to: &span, at: StubFormat.address)
        span.put(bigEndian: route[place].delay.ns, at: StubFormat.delay)
        mac.write(to: &span, at: StubFormat.nextMAC)
      }
      mac = StubFormat.mac(span.span, secrets[place])
    }
    alpha.write(to: &packet, at: StubFormat.alpha.lowerBound)
    mac.write(to: &packet, at: StubFormat.mac.lowerBound)
    packet.put(beta.span, at: StubFormat.beta.lowerBound)
    return secrets
  }
}
