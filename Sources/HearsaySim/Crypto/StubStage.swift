import MixHost
import MixNet
import Sphinx

/// Decode of the stand-in's packets: what the `sphinx` stage does, step for step.
final class StubStage: DecodeStage {
  private let key: Bytes32
  private let size: SphinxSize

  init(_ config: StubConfig, _ key: Bytes32) { (self.key, size) = (key, config.size) }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      var both = batch.withScratch(i)
      if let refusal = decode(&both, i, &columns) { verdicts.drop(i, refusal) }
    }
  }

  /// Why a packet is refused, or nil.
  private func decode(_ both: inout PacketAndScratch, _ i: Int, _ columns: inout Decoded) -> DropReason? {
    guard both.packet.count == size.packet else { return .wrongSize }
    let alpha = Bytes32(both.packet.span)
    guard !alpha.isZero else { return .badKey }
    let secret = StubFormat.Secret(alpha, key)
    let mac = StubFormat.mac(both.packet.span.extracting(StubFormat.beta), secret)
    guard mac == Bytes16(both.packet.span, at: StubFormat.mac.lowerBound) else { return .badMAC }
    columns.setID(i, secret.tag)
    secret.seed.write(to: &both.scratch)
    secret.next.write(to: &both.scratch, at: 16)
    return read(both.packet.span.extracting(StubFormat.beta), i, &columns)
  }

  /// Reads a hop's block; why the packet is refused, or nil.
  private func read(_ beta: Span<UInt8>, _ i: Int, _ columns: inout Decoded) -> DropReason? {
    guard beta[1] == 0, beta.bigEndian(at: StubFormat.versionAt, as: UInt16.self) == StubFormat.version else {
      return .unknownVersion
    }
    let address = Bytes32(beta, at: StubFormat.address)
    switch beta[0] {
    case StubFormat.forwardFlag:
      columns.setRoute(i, .node(address))
      columns.setHeaderDelay(i, Nanos(beta.bigEndian(at: StubFormat.delay)))
    case StubFormat.finalFlag:
      columns.setRoute(i, .destination(address, identifier: Bytes16(beta, at: StubFormat.identifier)))
    default: return .badRoute
    }
    return nil
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      var both = batch.withScratch(i)
      StubFormat.layer(&both.packet, from: StubFormat.header, Bytes16(both.scratch.span))
      switch columns.route(i) {
      case .node:
        Bytes32(both.scratch.span, at: 16).write(to: &both.packet, at: StubFormat.alpha.lowerBound)
        Self.shift(&both.packet)
      default: _ = batch.trim(i, front: StubFormat.header)
      }
    }
  }

  /// The next hop's mac and block come to the front, and zeros behind the last one.
  private static func shift(_ packet: inout MutableSpan<UInt8>) {
    let (beta, block) = (StubFormat.beta, StubFormat.block)
    Bytes16(packet.span, at: beta.lowerBound + StubFormat.nextMAC).write(to: &packet, at: StubFormat.mac.lowerBound)
    unsafe packet.withUnsafeMutableBytes { memory in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: memory[beta.lowerBound + block..<beta.upperBound])
      let front = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[beta.lowerBound..<beta.upperBound - block])
      unsafe front.copyMemory(from: rest)
      for at in beta.upperBound - block..<beta.upperBound { unsafe memory[at] = 0 }
    }
  }
}
