import LinuxNet
import MixNet
import Sphinx

/// How long a node takes to refuse a Sphinx packet whose mac is wrong.
struct RefusalTimer: ~Copyable {
  /// What the two classes differ in.
  enum Kind { case macs, keys, nothing }

  private var packets: TimedInputs
  private var keys: TimedInputs
  private var unwrapper: SphinxUnwrapper
  private var packet: [UInt8]
  private var secrets = [UInt8](repeating: 0, count: SphinxSecrets.size)
  private let clock = SystemClock()
  /// The mac's place in a packet.
  private static let mac = 32..<48

  /// Macs: right but for one bit, or at random. Keys of the node: always the same one, or any. Nothing: macs at random, for both.
  init(_ kind: Kind) throws(BenchError) {
    let route = MixRoute(hops: 3)
    guard let packet = try route.packets(1).first else { throw BenchError("there is no packet") }
    var random = RandomStream(seed: Seed(12).derived("macs"))
    var key = [UInt8](repeating: 0, count: 32)
    var span = key.mutableSpan
    route.keys[0].reveal(into: &span)
    var nearly = packet
    nearly[Self.mac.upperBound - 1] ^= 1
    let some = Self.many(of: packet, Self.mac, &random)
    let others = Self.many(of: packet, Self.mac, &random)
    let same = [[UInt8]](repeating: key, count: TimedInputs.count)
    packets = TimedInputs(
      kind == .macs ? [[UInt8]](repeating: nearly, count: TimedInputs.count) : some, others)
    keys = TimedInputs(same, kind == .keys ? Self.many(of: key, 0..<32, &random) : same)
    unwrapper = SphinxUnwrapper(keys: SphinxKeySet(route.keys[0]), size: route.size, capacity: 1)
    self.packet = packet
  }

  /// The same bytes again and again, with others at random in one place.
  private static func many(of bytes: [UInt8], _ range: Range<Int>, _ random: inout RandomStream) -> [[UInt8]] {
    (0..<TimedInputs.count).map { _ in
      var bytes = bytes
      for place in range { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
      return bytes
    }
  }

  mutating func time(_ isSecond: UInt8, _ place: Int) throws(BenchError) -> Nanos {
    packets.choose(isSecond, place)
    keys.choose(isSecond, place)
    for i in packet.indices { packet[i] = packets.chosen[i] }
    guard let key = try? SphinxSecretKey(keys.chosen.span) else { throw BenchError("there is no key") }
    unwrapper.keys = SphinxKeySet(key)
    unwrapper.beginHeaders()
    let start = clock.now
    let verdict = Self.header(&unwrapper, &packet, &secrets)
    let took = clock.now - start
    guard case .refused(.badMAC)? = verdict else { throw BenchError("a wrong mac was not refused") }
    return took
  }

  /// What a node says of the header of one packet.
  private static func header(
    _ unwrapper: inout SphinxUnwrapper, _ packet: inout [UInt8], _ secrets: inout [UInt8]
  ) -> SphinxHeader? {
    let early = unwrapper.load(0, packet.span)
    let isReady = unwrapper.exchange()
    guard early == nil, isReady else { return nil }
    var bytes = packet.mutableSpan
    var scratch = secrets.mutableSpan
    return unwrapper.header(0, &bytes, &scratch)
  }
}
