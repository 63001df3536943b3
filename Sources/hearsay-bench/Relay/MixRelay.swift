import MixHost
import MixNet
import Relay
import Sphinx

/// A Sphinx node between two others, both of which are played by this thread. What comes out is opened with the key of
/// the node after it, once no time is taken any more.
struct MixRelay {
  private let route = MixRoute(hops: 2)
  private let warm: Int
  private let count: Int
  private let size: Int
  /// The length and the kind stand before the packet.
  private let frameSize: Int

  init(_ bench: Bench) {
    warm = bench.size(2_000, quick: 100)
    count = bench.size(20_000, quick: 300)
    size = route.size.packet
    frameSize = Framing.peer.headerSize + size
  }

  func run(_ bench: Bench) throws(BenchError) {
    let sink = try WirePort()
    let node = try NodeThread(
      Self.config, files: OneKey(key: route.keys[0]), directory: directory(sink.port), plugins: [.sphinx, .relay])
    defer { node.stop() }
    let input = try Wire(to: node.port())
    _ = try greet(input, as: Fingerprint.of("hearsay bench sender"))
    let load = Load(frames: try frames(), frameSize: frameSize, input: input) { [route] () throws(BenchError) in
      try greet(sink.accept(), as: route.hops[1].address)
    }
    var run = RelayRun("sphinx, 2413 bytes", node, load)
    var kept = [UInt8](repeating: 0, count: (warm + count) * size)
    try run.run(warm: warm, count: count) { number, frame in
      guard frame.count == size + 1, frame[0] == FrameKind.data.rawValue else { return }
      for i in 0..<size { kept[number * size + i] = frame[i + 1] }
    }
    for number in 0..<warm + count {
      let packet = Array(kept[number * size..<(number + 1) * size])
      if route.deliver(packet, from: 1) == number { run.measure.received += 1 } else { run.measure.wrong += 1 }
    }
    bench.show(run.measure)
  }

  /// Answers the node's hello, as a node of this address.
  private func greet(_ wire: Wire, as address: Bytes32) throws(BenchError) -> FrameReader {
    let reader = FrameReader(wire)
    let frame = try reader.first()
    guard let theirs = Hello(frame.span.extracting(min(1, frame.count)...)) else {
      throw BenchError("the node does not greet")
    }
    let mine = Hello(protocolTag: theirs.protocolTag, limits: theirs.limits, node: address).bytes
    var header = [UInt8](repeating: 0, count: Framing.peer.headerSize)
    var span = header.mutableSpan
    Framing.peer.writeHeader(kind: .hello, size: mine.count, to: &span)
    try wire.write((header + mine).span)
    return reader
  }

  /// The packets in their frames; the node lets each through once.
  private func frames() throws(BenchError) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: Framing.peer.headerSize)
    var span = header.mutableSpan
    Framing.peer.writeHeader(kind: .data, size: size, to: &span)
    var frames: [UInt8] = []
    frames.reserveCapacity((warm + count) * frameSize)
    for packet in try route.packets(warm + count) { frames += header + packet }
    return frames
  }

  private func directory(_ port: UInt16) -> NetworkDirectory {
    let next = NetworkDirectory.Node(
      name: "sink", layer: 1, address: route.hops[1].address, chains: [("mix", .loopback(port: port))], clients: nil,
      keys: [])
    let own = NetworkDirectory.Node(
      name: "bench", layer: 0, address: route.hops[0].address, chains: [], clients: nil, keys: [])
    return NetworkDirectory(nodes: [own, next])
  }

  private static let config = """
    [node]
    name = "bench"
    network = "network.json"
    [pipeline]
    workers = 1
    [chain.mix]
    listen = "127.0.0.1:0"
    decode = ["sphinx"]
    verify = ["replay"]
    delay = ["sphinx_delay"]
    forward = ["next_hop"]
    [replay]
    tags_max = 1048576
    """
}
