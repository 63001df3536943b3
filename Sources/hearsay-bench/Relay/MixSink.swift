import LinuxNet
import MixNet
import Sphinx

/// The node behind the one that is measured: it greets like a node, and keeps what comes to open it later, when no time is
/// taken.
@safe final class MixSink {
  private let packets: MixPackets
  private let load: Load
  private let memory: UnsafeMutablePointer<UInt8>
  private var kept = 0
  /// How many had come when the paced part began.
  private var pacedFrom: Int?
  private var isGreeted = false

  init(_ packets: MixPackets, _ load: Load) {
    self.packets = packets
    self.load = load
    unsafe memory = .allocate(capacity: packets.count * packets.route.size.packet)
    unsafe memory.initialize(repeating: 0, count: packets.count * packets.route.size.packet)
  }

  deinit { unsafe memory.deallocate() }

  private var size: Int { packets.route.size.packet }
  var address: Bytes32 { packets.route.hops[1].address }

  func listen() throws(BenchError) -> Address {
    try load.listen { [self] id in
      var stream: Stream?
      let made = Stream(id, load.network, isConnecting: false) { [self] frame in
        if let stream { take(frame, on: stream) }
      }
      stream = made
      return made
    }
  }

  /// From now on packets come in the order in which they were sent, one by one.
  func beginPaced() { pacedFrom = kept }

  private func take(_ frame: Span<UInt8>, on stream: Stream) {
    guard let kind = frame.isEmpty ? nil : FrameKind(rawValue: frame[0]) else {
      load.wrong += 1
      return
    }
    let body = frame.extracting(1...)
    switch kind {
    case .hello:
      guard let theirs = Hello(body) else { return }
      let mine = Hello(protocolTag: theirs.protocolTag, limits: theirs.limits, node: address).bytes
      let length = UInt32(mine.count + 1)
      stream.say((0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + [FrameKind.hello.rawValue] + mine)
    case .data where body.count == size: keep(body)
    case .ping, .pong, .close: break
    case .data, .ack, .credit: load.wrong += 1
    }
  }

  private func keep(_ packet: Span<UInt8>) {
    guard kept < packets.count else {
      load.wrong += 1
      return
    }
    unsafe packet.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe (memory + kept * size).update(from: base, count: size)
    }
    if let pacedFrom { load.arrived(packets.flat + kept - pacedFrom) } else { load.arrived(-1) }
    kept += 1
  }

  /// Opens all that came: how many are not a packet that was sent, or came a second time; and whether those of the paced
  /// part came in their order.
  func open() -> (wrong: Int, isInOrder: Bool) {
    var times = [UInt8](repeating: 0, count: packets.count)
    var wrong = 0
    var isInOrder = true
    var flat = FlatBatch(capacity: 1, size: packets.route.size)
    var unwrapper = SphinxUnwrapper(
      keys: SphinxKeySet(packets.route.keys[1]), size: packets.route.size, capacity: 1)
    for place in 0..<kept {
      unsafe flat.load(0, UnsafeBufferPointer(start: memory + place * size, count: size))
      flat.headers(&unwrapper)
      if flat.accepted == 1 { flat.payloads(&unwrapper) }
      guard flat.accepted == 1, let number = number(in: flat), number < times.count, times[number] == 0 else {
        wrong += 1
        continue
      }
      times[number] = 1
      if let pacedFrom, place >= pacedFrom, number != packets.flat + place - pacedFrom { isInOrder = false }
    }
    return (wrong, isInOrder)
  }

  private func number(in flat: borrowing FlatBatch) -> Int? {
    let payload = Array(flat.packet(0).dropFirst(SphinxSize.header))
    guard let range = SphinxPayload.message(in: payload.span), range.count == MixRoute.messageSize else { return nil }
    return Stamp.number(of: payload.span.extracting(range)).flatMap { Int(exactly: $0) }
  }
}
