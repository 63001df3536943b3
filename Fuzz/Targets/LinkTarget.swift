import MixNet
import Sphinx

@testable import MixHost

extension FuzzTarget {
  /// All who have a connection with a node: the reader of links, the handshakes, and what lies behind them, in a whole node.
  static let links = FuzzTarget(
    name: "links", summary: "peers, clients and local programs: bytes on every kind of link of a whole node",
    sizeMax: 640,
    seeds: { _ in
      var seeds: [[UInt8]] = []
      for kind in 0..<8 as Range<UInt8> {
        let frames: [UInt8] = [
          1, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 2, 0, 3, 7, 7, 7, 3, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 6, 0, 0,
        ]
        seeds.append([kind | 0x18, 0] + frames)
        seeds.append([kind | 0x08, 3, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 1, 9])
        seeds.append([kind, 0] + Hello(protocolTag: 1, limits: FrameLimits(1...2), node: Bytes32([2])).bytes)
      }
      // A greeting of a conversation, a message on a stream of the peer's, an ack of it.
      let greeting: [UInt8] = [1, 0, 23, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 16, 0]
      let message: [UInt8] = [1, 0, 20, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]
      seeds.append([7 | 0x18, 0] + greeting + message + [1, 0, 8, 4, 1, 0, 0, 0, 0, 0, 1])
      return seeds
    }
  ) {
    let trial = LinkTrial(FuzzNode())
    return { trial.run(Input($0)) }
  }
}

/// One connection of one kind, and what comes on it.
private struct LinkTrial {
  let node: FuzzNode

  init(_ node: FuzzNode) { self.node = node }

  /// The input: how to connect, how large the pieces are, and then bytes as they are, or frames that are well formed.
  func run(_ input: Input) {
    var input = input
    let choice = input.byte()
    let pieces = input.byte()
    let kind = choice % 8
    let end = connect(kind)
    end.piece = pieces == 0 ? 1 << 20 : 1 + Int(pieces % 32)
    if choice & 0x08 != 0 { greet(end, kind) }
    while !input.isEmpty {
      guard choice & 0x10 != 0 else {
        deliver(input.take(512), on: end)
        continue
      }
      // Some frames at once, as a read finds them.
      var frames: [UInt8] = []
      while !input.isEmpty, frames.count < 1_500 { frames += frame(&input, kind) }
      deliver(frames, on: end)
    }
    if choice & 0x20 != 0 { node.pass(.ms(UInt64(pieces) * 50)) }
    close(end, choice >> 6)
    rest()
  }

  private func connect(_ kind: UInt8) -> HandNetwork.End {
    switch kind {
    case 0: arrive(at: node.mix)
    case 1: node.connection(to: node.peer)
    case 2: arrive(at: node.clients)
    case 3: arrive(at: node.entry)
    case 4: arrive(at: node.exit)
    case 5: node.connection(to: node.next)
    case 6: node.connection(to: node.program)
    default: arrive(at: node.talk)
    }
  }

  private func arrive(at address: Address) -> HandNetwork.End {
    node.network.arrive(at: address)
    node.turn()
    guard let end = node.network.arrived else { fatalError("the node lets nobody in") }
    return end
  }

  /// A handshake as it must be.
  private func greet(_ end: HandNetwork.End, _ kind: UInt8) {
    node.turn()
    let isPeer = kind < 2 || kind == 7
    let said = Array(end.written.dropFirst(isPeer ? 5 : 4))
    if isPeer {
      guard var mine = Hello(said.span) else { fatalError("the node says no hello") }
      mine.node = node.peerAddress
      deliver(peer(.hello, mine.bytes), on: end)
    } else if kind == 2 {
      guard let challenge = Challenge(said.span) else { fatalError("the node says no challenge") }
      deliver(raw(ClientKey(seed: [9]).attach(to: challenge)), on: end)
    }
  }

  private func frame(_ input: inout Input, _ link: UInt8) -> [UInt8] {
    let kind = input.byte()
    let size = Int(input.number(2)) % 1_200
    if link == 7 { return peer(FrameKind(rawValue: kind % 7) ?? .data, input.padded(size % 64)) }
    if link < 2 {
      let body = kind & 7 == 1 ? input.padded(SphinxSize.ack.packet) : input.padded(size)
      return peer(FrameKind(rawValue: kind % 7) ?? .data, body)
    }
    guard link == 2 else { return raw(input.padded(size)) }
    switch kind % 4 {
    case 0: return raw([ClientProtocol.Kind.packet.rawValue] + input.padded(SphinxSize.ack.packet))
    case 1: return raw([ClientProtocol.Kind.received.rawValue] + input.padded(8))
    default: return raw([kind] + input.padded(size))
    }
  }

  private func peer(_ kind: FrameKind, _ body: [UInt8]) -> [UInt8] { raw([kind.rawValue] + body) }

  private func raw(_ body: [UInt8]) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (24 - 8 * $0)) } + body
  }

  private func deliver(_ bytes: [UInt8], on end: HandNetwork.End) {
    end.incoming = Array(end.incoming[end.read...]) + bytes
    end.read = 0
    node.turn()
  }

  private func close(_ end: HandNetwork.End, _ how: UInt8) {
    switch how {
    case 0: end.end = .ended
    case 1: end.end = .failed(.reset)
    case 2: end.end = .failed(.timeout)
    default:
      // Silence: whatever state it is in, it is given up in time, but for a raw link or a client that is attached.
      node.pass(.s(30))
      end.end = .ended
    }
    node.turn()
  }

  /// What must hold between two inputs: who came is gone, and no slot is lost.
  private func rest() {
    // One that is made to wait is heard again when the packets before it have gone, or are too old.
    if node.network.arrived != nil { node.pass(.s(3)) }
    check(node.network.arrived == nil, "a connection that has ended is still there")
    if node.worker.links.count > 3 { fatalError("\(node.worker.links.count) links are left") }
    for side in node.worker.sides {
      check(side.held == 0, "\(side.held) packets are held")
      let missing = side.effects.slab.count - side.effects.free.count
      let queued = (0..<node.worker.links.capacity).reduce(0) { unsafe $0 + node.worker.links.links[$1].writing.count }
      let reading = (0..<node.worker.links.capacity).filter { unsafe node.worker.links.links[$0].reading.slot != nil }
        .count
      check(missing <= queued + reading, "\(missing) slots are out, \(queued) wait and \(reading) are read into")
    }
  }
}
