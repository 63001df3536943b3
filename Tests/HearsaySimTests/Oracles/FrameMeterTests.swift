import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// Frames are counted with their last byte, however the bytes are cut.
@Suite struct FrameMeterTests {
  private static let chainPort: UInt16 = 9_001
  private static let clientPort: UInt16 = 9_002

  /// Writes `bytes` to a listener in pieces of `step` bytes and reads `taken` of them; what the meter has seen.
  private func meter(_ bytes: [UInt8], port: UInt16, step: Int, taken: Int) throws -> FrameMeter {
    let world = SimWorld(seed: SimSeed(1))
    let meter = FrameMeter(clientPort: Self.clientPort)
    world.meter = meter
    let (a, b) = (world.host(named: "a").makeNetwork(), world.host(named: "b").makeNetwork())
    let address = world.hosts[1].address(port: port)
    let listener = try b.listen(address, backlog: 4)
    let wire = try a.connect(address)
    _ = world.run(for: .s(1)) { a.finishConnect(wire) == .moved(0) }
    guard case .accepted(let detached) = b.accept(listener) else { throw Nothing() }
    let end = b.adopt(detached)
    for start in stride(from: 0, to: bytes.count, by: step) {
      let piece = Array(bytes[start..<min(start + step, bytes.count)])
      #expect(Self.move(piece) { a.write(wire, from: $0) } == .moved(piece.count))
    }
    world.run(for: .s(1))
    if taken > 0 { #expect(Self.move([UInt8](repeating: 0, count: taken)) { b.read(end, into: $0) } == .moved(taken)) }
    return meter
  }

  private struct Nothing: Error {}

  private static func move(_ bytes: [UInt8], _ body: (UnsafeBufferPointer<IOSlice>) -> IOResult) -> IOResult {
    var bytes = bytes
    return bytes.withUnsafeMutableBytes { memory in
      guard let base = memory.baseAddress else { return .blocked }
      let slice = IOSlice(base: base, count: memory.count)
      return withUnsafePointer(to: slice) { body(UnsafeBufferPointer(start: $0, count: 1)) }
    }
  }

  private func frame(_ kind: UInt8, _ size: Int) -> [UInt8] {
    Attached.frame([kind] + [UInt8](repeating: 7, count: size))
  }

  @Test(arguments: [1, 2, 3, 5, 64, 10_000])
  func packetsAloneAreCounted(_ step: Int) throws {
    let data = FrameKind.data.rawValue
    let bytes =
      frame(FrameKind.hello.rawValue, 58) + frame(data, 100) + frame(FrameKind.ping.rawValue, 8) + frame(data, 0)
    let meter = try meter(bytes, port: Self.chainPort, step: step, taken: bytes.count - 1)
    #expect(meter.pairs.map { [$0.written, $0.read] } == [[2, 1]])
    #expect(meter.totals(of: 0) == FrameMeter.Totals(written: 2, read: 0))
    #expect(meter.totals(of: 1) == FrameMeter.Totals(written: 0, read: 1))
  }

  @Test(arguments: [1, 7, 10_000])
  func clientsSpeakOtherKinds(_ step: Int) throws {
    let bytes =
      frame(ClientProtocol.Kind.challenge.rawValue, 65) + frame(ClientProtocol.Kind.packet.rawValue, 99)
      + Attached.frame([]) + frame(ClientProtocol.Kind.message.rawValue, 30) + frame(0x12, 8)
    let meter = try meter(bytes, port: Self.clientPort, step: step, taken: bytes.count)
    #expect(meter.pairs.map { [$0.written, $0.read] } == [[2, 2]])
  }

  @Test func noiseIsNoFrames() throws {
    let bytes = [UInt8](repeating: 0xff, count: 500) + frame(FrameKind.data.rawValue, 3)
    let meter = try meter(bytes, port: Self.chainPort, step: 100, taken: 500)
    #expect(meter.pairs.map { [$0.written, $0.read] } == [[0, 0]])
  }
}
