import MixHost
import MixNet

/// Answers on their way into packets: one for each reply block, a batch of them in a turn as far as there are slots, the rest in
/// later turns.
final class AnswerQueue {
  private let maker: (any PacketMaker)?
  private let bytesMax: Int
  private var scratch: [UInt8]
  private var waiting: [Answer] = []
  private var first = 0
  private var bytes = 0

  private struct Answer {
    let message: Bytes16
    let bytes: [UInt8]
    let blocks: [[UInt8]]
    let splitter: MessageSplitter
    let cost: Int
    var next = 0
  }

  /// Packets that are made in one turn: what has arrived meanwhile must not wait for a long answer.
  private static let packetsPerTurn = 64
  /// When there is no slot: long enough for some to come back.
  private static let pause = Nanos.ms(1)

  /// Waiting answers and their blocks may take `bytesMax` bytes. Answers by circuits do not wait, and need no maker of packets.
  init(maker: (any PacketMaker)?, bytesMax: Int) {
    self.maker = maker
    self.bytesMax = bytesMax
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
      let cost = answer.count + caller.cost
      guard bytes + cost <= bytesMax else { return .serviceBusy }
      bytes += cost
      waiting.append(Answer(message: message, bytes: answer, blocks: blocks, splitter: splitter, cost: cost))
      if waiting.count - first == 1 { pump(&turn) }
      return nil
    }
  }

  /// Sends what waits, as far as there are slots.
  func pump(_ turn: inout Turn) {
    var left = Self.packetsPerTurn
    while first < waiting.count {
      while waiting[first].next < waiting[first].splitter.count {
        guard left > 0 else { return turn.wake(at: turn.now) }
        guard sendNext(&turn) else {
          Probe.reachable("service.answer_waits")
          return turn.wake(at: turn.now + Self.pause)
        }
        waiting[first].next += 1
        left -= 1
      }
      removeFirst()
    }
  }

  private func removeFirst() {
    bytes -= waiting[first].cost
    waiting[first] = Answer(
      message: Bytes16(), bytes: [], blocks: [], splitter: waiting[first].splitter, cost: 0)
    first += 1
    if first * 2 > waiting.count {
      waiting.removeFirst(first)
      first = 0
    }
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
    Self.compose(fragment, data, into: &scratch)
    guard var packet = turn.inject(at: .forward, length: maker.packetSize, route: .node(hop)) else { return .poolFull }
    let composed = scratch
    let message = composed.span
    return maker.reply(block, message: message.extracting(0..<size), into: &packet) ? nil : .badPayload
  }

  private static func compose(_ fragment: Fragment, _ data: Span<UInt8>, into message: inout [UInt8]) {
    var out = message.mutableSpan
    fragment.write(to: &out)
    out.put(data, at: Fragment.headerSize)
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
