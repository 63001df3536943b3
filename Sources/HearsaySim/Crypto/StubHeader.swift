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
    secrets.reserveCapacity(route.count)
    for hop in route { secrets.append(StubFormat.Secret(secrets.last?.next ?? alpha, hop.key)) }
    // Each hop's beta begins a block behind that of the hop before: all are parts of one.
    let size = StubFormat.beta.count
    var betas = [UInt8](repeating: 0, count: StubFormat.block * (route.count - 1) + size)
    var mac = Bytes16()
    for place in route.indices.reversed() {
      let start = StubFormat.block * place
      var span = betas.mutableSpan
      let isLast = place == route.count - 1
      span[start] = isLast ? StubFormat.finalFlag : StubFormat.forwardFlag
      span.put(bigEndian: StubFormat.version, at: start + StubFormat.versionAt)
      if isLast {
        recipient.destination.write(to: &span, at: start + StubFormat.address)
        recipient.identifier.write(to: &span, at: start + StubFormat.identifier)
      } else {
        route[place + 1].address.write(to: &span, at: start + StubFormat.address)
        span.put(bigEndian: route[place].delay.ns, at: start + StubFormat.delay)
        mac.write(to: &span, at: start + StubFormat.nextMAC)
      }
      mac = StubFormat.mac(span.span.extracting(start..<start + size), secrets[place])
    }
    alpha.write(to: &packet, at: StubFormat.alpha.lowerBound)
    mac.write(to: &packet, at: StubFormat.mac.lowerBound)
    packet.put(betas.span.extracting(0..<size), at: StubFormat.beta.lowerBound)
    return secrets
  }
}
