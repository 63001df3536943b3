import Gossip
import MixNet

extension FuzzTarget {
  /// What the other targets of gossip read on their way to a node, without the node: so it is tried far more often.
  static let words = FuzzTarget(
    name: "words", summary: "peers: each input to the decoders of gossip's messages, without a node", sizeMax: 400,
    seeds: { vectors in
      // Those of the other targets that are a message alone have a zero before it.
      let targets: [FuzzTarget] = [.views, .swims, .trees, .rumours, .health]
      var seeds = Chunk.split([1, 2, 3], first: 7)
      for target in targets {
        for seed in target.seeds(vectors) where seed.first == 0 { seeds.append(Array(seed.dropFirst())) }
      }
      return seeds
    }
  ) { { read($0) } }
}

/// What is read is written again as it was.
private func read(_ bytes: [UInt8]) {
  var again: [UInt8] = []
  func expectSame(_ what: String) {
    check(again == bytes, "\(what) has two encodings")
    again.removeAll(keepingCapacity: true)
  }
  if let message = ViewMessage(bytes.span) {
    message.encode(into: &again)
    expectSame("a view's message")
  }
  if let message = SwimMessage(bytes.span) {
    message.encode(into: &again)
    expectSame("a probe")
  }
  if let message = HealthMessage(bytes.span) {
    message.encode(into: &again)
    expectSame("a check of health")
  }
  if let message = TreeMessage(bytes.span) {
    again = message.bytes
    expectSame("a tree's message")
  }
  if let frame = MessageFrame(bytes.span) {
    var head = [UInt8](repeating: 0, count: GossipHeader.size)
    var span = head.mutableSpan
    frame.header.write(to: &span)
    check(head.elementsEqual(bytes.prefix(GossipHeader.size)), "another header is written")
  }
  readPart(bytes)
}

/// A part of a payload, in the message that has its number.
private func readPart(_ bytes: [UInt8]) {
  guard bytes.count > 20 else { return }
  let (first, number) = (bytes.span.bigEndianWord(at: 0), bytes.span.bigEndian(at: 8, as: UInt32.self))
  guard let part = Chunk(bytes.span, sequence: first &+ UInt64(number)) else { return }
  check(part.number < part.count && part.size > 0, "part \(part.number) of \(part.count) of \(part.size) bytes")
  check(part.range.upperBound <= part.size, "a part ends behind its payload")
}
