import Glibc
import MixNet
import Sphinx

/// Frames for a node, all different, and what it must make of each.
@safe
final class RelayWork: @unchecked Sendable {
  // Written when it is made, then read alone, by two threads.
  let chain: BenchWords.Chain
  let count: Int
  /// Bytes of a frame, with its header.
  let frameSize: Int
  /// Bytes of what comes out, without the frame's header.
  let outputSize: Int
  private let frames: UnsafeMutablePointer<UInt8>
  private let outputs: UnsafeMutablePointer<UInt8>
  private var places: [UInt64: Int32] = [:]

  /// The bytes of a frame of the plain chain, and what a circuit's entry puts before it: a number that is the circuit's.
  private static let plainSize = 2_048
  private static let circuitSize = 8

  deinit {
    unsafe frames.deallocate()
    unsafe outputs.deallocate()
  }

  /// - Parameters:
  ///   - hops: the nodes of the route that the packets run through, of all that it has.
  ///   - delay: what each of them is asked to hold a packet for.
  init(_ chain: BenchWords.Chain, count: Int, hops: Int = 1, route: MixRoute) throws(BenchError) {
    self.chain = chain
    self.count = count
    frameSize = chain == .plain ? Self.plainSize + 4 : route.size.packet + 5
    outputSize = chain == .plain ? Self.plainSize : route.size.packet
    unsafe frames = .allocate(capacity: count * frameSize)
    unsafe outputs = .allocate(capacity: count * outputSize)
    unsafe frames.initialize(repeating: 0, count: count * frameSize)
    unsafe outputs.initialize(repeating: 0, count: count * outputSize)
    places.reserveCapacity(count)
    switch chain {
    case .plain: fillPlain()
    case .sphinx: try fillSphinx(route, hops)
    }
    for place in 0..<count { unsafe places[key(outputs + place * outputSize)] = Int32(place) }
    guard places.count == count else { throw BenchError("two frames begin alike") }
  }

  private func fillPlain() {
    for place in 0..<count {
      let bytes = Stamp.bytes(UInt64(place), size: outputSize)
      put([0, 0, UInt8(outputSize >> 8), UInt8(outputSize & 0xff)] + bytes, bytes, at: place)
    }
  }

  /// Packets for the route; what comes out of the last of the nodes was unwrapped here, a batch at once.
  private func fillSphinx(_ route: MixRoute, _ hops: Int) throws(BenchError) {
    var header = [UInt8](repeating: 0, count: Framing.peer.headerSize)
    var span = header.mutableSpan
    Framing.peer.writeHeader(kind: .data, size: route.size.packet, to: &span)
    let maker = PacketBatchMaker(route)
    var unwraps = ReferenceUnwraps(route, hops: hops, capacity: PacketBatchMaker.size)
    var done = 0
    while done < count {
      let now = min(PacketBatchMaker.size, count - done)
      try maker.make(from: done, count: now)
      let made = Array(maker.packets.prefix(now))
      let ends = try unwraps.unwrap(made)
      // One of each batch all the way, one packet at a time, to the message that was put into it.
      guard route.deliver(ends[0], from: hops) == done else { throw BenchError("packet \(done) has another message") }
      for place in 0..<now { put(header + made[place], ends[place], at: done + place) }
      done += now
    }
  }

  private func put(_ frame: [UInt8], _ output: [UInt8], at place: Int) {
    let (to, out) = unsafe (frames + place * frameSize, outputs + place * outputSize)
    for i in frame.indices { unsafe to[i] = frame[i] }
    for i in output.indices { unsafe out[i] = output[i] }
  }

  /// The first eight bytes, which tell outputs apart.
  private func key(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
    unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
  }

  /// Lends `count` frames, one behind the other.
  func withFrames<Failure: Error>(
    _ first: Int, _ count: Int, _ body: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    try body(unsafe Span(_unsafeStart: frames + first * frameSize, count: count * frameSize))
  }

  /// Which frame's output this is, as it came in a frame; nil when any byte is another.
  func place(of frame: Span<UInt8>) -> Int? {
    // A peer's frame begins with its kind, a circuit's with its number.
    let skip = chain == .plain ? Self.circuitSize : 1
    guard frame.count == skip + outputSize else { return nil }
    return unsafe frame.extracting(skip...).withUnsafeBufferPointer { came in
      guard let base = came.baseAddress, let place = places[unsafe key(base)] else { return nil }
      return unsafe memcmp(base, outputs + Int(place) * outputSize, outputSize) == 0 ? Int(place) : nil
    }
  }
}
