import MixNet
import Sphinx

/// A batch of packets, and the two phases of a decode stage over it, call for call.
struct UnwrapBatch: ~Copyable {
  private var unwrapper: SphinxUnwrapper
  private(set) var packets: [[UInt8]]
  private var secrets: [[UInt8]]
  /// Packets that phase one let through.
  private var isAccepted: [Bool]

  init(route: MixRoute, capacity: Int, _ multiplier: any PointMultiplier = X25519Choice.quickest) {
    unwrapper = SphinxUnwrapper(
      keys: SphinxKeySet(route.keys[0]), size: route.size, capacity: capacity, multiplier: multiplier)
    packets = (0..<capacity).map { _ in [UInt8](repeating: 0, count: route.size.packet) }
    secrets = (0..<capacity).map { _ in [UInt8](repeating: 0, count: SphinxSecrets.size) }
    isAccepted = [Bool](repeating: false, count: capacity)
  }

  /// Copies the packets in, byte by byte: arrays that were shared would be copied when time is taken.
  mutating func load(_ all: [[UInt8]]) {
    for (i, packet) in all.enumerated() {
      for place in packet.indices { packets[i][place] = packet[place] }
    }
  }

  /// Phase one: the headers of all packets.
  mutating func headers() {
    unwrapper.beginHeaders()
    for i in packets.indices {
      let packet = packets[i]
      isAccepted[i] = unwrapper.load(i, packet.span) == nil
    }
    while unwrapper.exchange() {
      for i in packets.indices where unwrapper.awaits(i) {
        var packet = packets[i].mutableSpan
        var scratch = secrets[i].mutableSpan
        if case .refused = unwrapper.header(i, &packet, &scratch) { isAccepted[i] = false }
      }
    }
  }

  /// Phase two: the payloads of what phase one let through, and their blinding.
  mutating func payloads() {
    unwrapper.beginPayloads()
    for i in packets.indices where isAccepted[i] {
      var packet = packets[i].mutableSpan
      var scratch = secrets[i].mutableSpan
      unwrapper.payload(i, &packet, &scratch)
    }
    unwrapper.blind()
    for i in packets.indices where unwrapper.awaits(i) {
      var packet = packets[i].mutableSpan
      unwrapper.alpha(i, &packet)
    }
    unwrapper.end()
  }
}
