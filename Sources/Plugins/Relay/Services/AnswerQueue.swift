import MixHost
import MixNet

/// Answers on their way into packets: one for each reply block, as many as there are slots for, the rest in later turns.
final class AnswerQueue {
  private let maker: (any PacketMaker)?
  private var scratch: [UInt8]
  private var waiting: [Answer] = []
  private var first = 0
  private var bytes = 0

  private struct Answer {
    let message: Bytes16
    let bytes: [UInt8]
    let blocks: [[UInt8]]
    let splitter: MessageSplitter
    var next = 0
  }

  private static let answersMax = 1_024
  private static let bytesMax = 64 << 20
  /// When there is no slot: long enough for some to come back.
  private static let pause = Nanos.ms(1)

  /// Answers by circuits need no maker of packets.
  init(maker: (any PacketMaker)?) {
    self.maker = maker
    scratch = [UInt8](repeating: 0, count: maker?.messageMax ?? 0)
  }

  /// Data bytes that a reply carries.
  private var room: Int { scratch.count - Fragment.headerSize }

  /// Sends an answer to a caller, now or as soon as there is room; nil, or why it cannot be sent.
  func add(_ answer: [UInt8], to caller: Caller, _ turn: inout Turn) -> DropReason? {
    switch caller {
    case .nobody: return nil
    case .circuit(let origin): return send(answer, to: origin, &turn)
    case .blocks(let message, let blocks):
      guard !blocks.isEmpty else { return nil }
      guard let splitter = MessageSplitter(size: answer.count, room: room) else { return .serviceBusy }
      guard splitter.count <= blocks.count else { return refuse(message, blocks, &turn) }
      guard waiting.count - first < Self.answersMax, bytes + answer.count <= Self.bytesMax else { return .serviceBusy }
      bytes += answer.count
      waiting.append(Answer(message: message, bytes: answer, blocks: blocks, splitter: splitter))
      pump(&turn)
      return nil
    }
  }

  /// Sends what waits, as far as there are slots.
  func pump(_ turn: inout Turn) {
    while first < waiting.count {
      while waiting[first].next < waiting[first].splitter.count {
        guard sendNext(&turn) else { return turn.wake(at: turn.now + Self.pause) }
        waiting[first].next += 1
      }
      bytes -= waiting[first].bytes.count
      first += 1
    }
    waiting.removeAll(keepingCapacity: true)
    first = 0
  }

  private func sendNext(_ turn: inout Turn) -> Bool {
    let answer = waiting[first]
    let fragment = Fragment(
      flags: .isReply, message: answer.message, index: UInt32(answer.next), count: UInt32(answer.splitter.count),
      size: UInt32(answer.bytes.count))
    let block = answer.blocks[answer.next]
    let bytes = answer.bytes.span
    let outcome = reply(block.span, fragment, bytes.extracting(answer.splitter.range(answer.next)), &turn)
    // A block that is none cannot be used later either: that part of the answer is lost.
    if outcome == .badPayload { turn.count(.badPayload) }
    return outcome != .poolFull
  }

  /// Puts one fragment into the packet of one reply block and sends it; nil, or why not.
  func reply(
    _ block: Span<UInt8>, _ fragment: Fragment, _ data: Span<UInt8>, _ turn: inout Turn
  ) -> DropReason? {
    guard let maker, data.count <= room, let hop = maker.firstHop(of: block) else { return .badPayload }
    let size = Fragment.headerSize + data.count
    var out = scratch.mutableSpan
    fragment.write(to: &out)
    out.put(data, at: Fragment.headerSize)
    guard var packet = turn.inject(at: .forward, length: maker.packetSize, route: .node(hop)) else { return .poolFull }
    let composed = scratch
    let message = composed.span
    return maker.reply(block, message: message.extracting(0..<size), into: &packet) ? nil : .badPayload
  }

  /// Tells the sender that its message brought too few blocks for the answer.
  private func refuse(_ message: Bytes16, _ blocks: [[UInt8]], _ turn: inout Turn) -> DropReason? {
    let fragment = Fragment(flags: [.isReply, .needsBlocks], message: message, index: 0, count: 1, size: 0)
    let block = blocks[0]
    return reply(block.span, fragment, Span(), &turn)
  }

  /// An answer by the circuit that asked: the id that the asking node gave it, and the body.
  private func send(_ answer: [UInt8], to origin: CircuitTable.Origin, _ turn: inout Turn) -> DropReason? {
    guard answer.count + 8 <= turn.frameMax else { return .badPayload }
    guard var frame = turn.frame(on: origin.link, length: answer.count + 8) else { return .poolFull }
    frame.put(bigEndian: origin.id, at: 0)
    frame.put(answer.span, at: 8)
    return nil
  }
}
