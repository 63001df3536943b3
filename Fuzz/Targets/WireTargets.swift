import MixNet

extension FuzzTarget {
  /// A peer or a client: the header of a frame.
  static let frames = FuzzTarget(
    name: "frames", summary: "peers and clients: a frame's header", sizeMax: 16,
    seeds: { _ in [[0, 0, 0, 1, 1], [0, 0, 9, 110, 1], [255, 255, 255, 255, 6], [0, 0, 0, 0, 0]] }
  ) {
    let limits = FrameLimits(16...4_096)
    return { input in
      for framing in [Framing.raw, .peer] where input.count >= framing.headerSize {
        guard case .frame(let kind, let size) = framing.readHeader(input.span) else { continue }
        check((0...Int(UInt32.max)).contains(size), "a size of \(size)")
        if limits.allows(kind, size: size) { check(size <= 4_096, "\(size) is allowed") }
        var again = [UInt8](repeating: 0, count: framing.headerSize)
        var span = again.mutableSpan
        framing.writeHeader(kind: kind, size: size, to: &span)
        check(again == Array(input.prefix(framing.headerSize)), "another header is written")
      }
    }
  }

  /// A peer: the first frame of a link between nodes.
  static let hello = FuzzTarget(
    name: "hello", summary: "peers: the first frame of a link", sizeMax: 1_200,
    seeds: { _ in
      let mine = Hello(protocolTag: 1, limits: FrameLimits(2_413...2_413), node: Bytes32([7]))
      var full = mine
      full.field = [UInt8](repeating: 9, count: Hello.fieldMax)
      full.versions = 1...9
      return [mine.bytes, full.bytes]
    }
  ) {
    let mine = Hello(protocolTag: 1, limits: FrameLimits(2_413...2_413), node: Bytes32([7]))
    return { input in
      guard let theirs = Hello(input.span) else { return }
      check(theirs.bytes == input, "what is read is not what is written")
      check(theirs.field.count <= Hello.fieldMax, "a field of \(theirs.field.count) bytes")
      if mine.mismatch(with: theirs) == nil { check(theirs.versions.contains(Hello.version), "another version") }
    }
  }

  /// A client: its answer to the challenge; and a node: the challenge itself.
  static let attach = FuzzTarget(
    name: "attach", summary: "clients and nodes: challenge and attach", sizeMax: 128,
    seeds: { _ in
      let challenge = Challenge(node: Bytes32([1]), nonce: Bytes32([2]))
      return [challenge.bytes, ClientKey(seed: [3]).attach(to: challenge), ClientKey(seed: [4]).attach(to: challenge)]
    }
  ) {
    let challenge = Challenge(node: Bytes32([1]), nonce: Bytes32([2]))
    return { input in
      if let read = Challenge(input.span) { check(read.bytes == input, "another challenge") }
      guard let address = ClientProtocol.address(inAttach: input.span, to: challenge) else { return }
      check(address == Bytes32(Array(input[1..<33])), "another address")
    }
  }

  /// A peer: what it says of the messages of a reliable stream, and its own.
  static let streams = FuzzTarget(
    name: "streams", summary: "peers: numbers, acknowledgements and credit of a reliable stream", sizeMax: 512,
    seeds: { _ in
      [
        [0, 4, 0, 4, 1, 1, 2, 0, 2], [0, 0, 1, 1, 3, 0, 0, 1, 0, 4, 1, 2],
        [5, 0, 9, 5, 1, 9, 6, 9, 5, 2, 9, 5, 7, 9],
      ]
    }
  ) { { tryStream(Input($0)) } }
}

/// A sender and a receiver in the hands of one who keeps to nothing: numbers may be any, messages come in any order.
private func tryStream(_ input: Input) {
  var input = input
  let bounds = SendQueue.Bounds(count: 16, bytes: 1_024)
  var sender = ReliableSender(bounds, credit: 512)
  var receiver = ReliableReceiver(window: 1_024)
  var expected: UInt64 = 0
  while !input.isEmpty {
    switch input.byte() % 8 {
    case 0: _ = sender.push([UInt8](repeating: 1, count: input.below(200)))
    case 1: while sender.next != nil { sender.didSend() }
    case 2: _ = sender.confirm(before: UInt64(input.byte()))
    case 3: _ = sender.confirm(before: input.number(8))
    case 4: sender.grant(input.byte() % 2 == 0 ? UInt64(input.byte()) * 16 : input.number(8))
    case 5:
      let number = expected &+ UInt64(input.byte() % 4) &- 1
      let size = input.below(200)
      if receiver.receive(number, [UInt8](repeating: 2, count: size)) == .taken { expected += 1 }
    case 6: if receiver.receive(input.number(8), []) == .taken { expected += 1 }
    default:
      if input.byte() % 2 == 0 { sender.rewind() } else { _ = (receiver.take(), receiver.newCredit()) }
    }
    check(sender.unconfirmed <= 16 && sender.bytes <= 1_024, "the sender's queue grows")
    check(receiver.expected == expected, "the receiver has lost count")
  }
}
