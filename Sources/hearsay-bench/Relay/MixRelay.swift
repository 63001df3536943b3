import MixHost
import MixNet
import Relay
import Sphinx

/// A Sphinx node between two others, both of which are played by this thread. What comes out is opened with the key of
/// the node after it, once no time is taken any more.
struct MixRelay {
  private let route = MixRoute(hops: 2)
  private let sizes: RelaySizes
  private let size: Int
  /// The packets in their frames; a node lets each through once.
  private let frames: [UInt8]

  init(_ bench: Bench) throws(BenchError) {
    sizes = RelaySizes(
      warm: bench.size(2_000, quick: 100), count: bench.size(20_000, quick: 300), single: bench.size(1_000, quick: 20))
    size = route.size.packet
    var header = [UInt8](repeating: 0, count: Framing.peer.headerSize)
    var span = header.mutableSpan
    Framing.peer.writeHeader(kind: .data, size: size, to: &span)
    var frames: [UInt8] = []
    frames.reserveCapacity(sizes.all * (header.count + size))
    for packet in try route.packets(sizes.all) { frames += header + packet }
    self.frames = frames
  }

  func run(_ bench: Bench, workers: Int) throws(BenchError) {
    let sink = try WirePort()
    let node = try NodeThreads(
      Self.config(workers), files: OneKey(key: route.keys[0]), directory: directory(sink.port),
      plugins: [.sphinx, .relay])
    defer { node.stop() }
    var inputs: [Wire] = []
    for number in 0..<RelaySizes.links {
      let input = try Wire(to: node.port())
      _ = try greet(input, as: Fingerprint.of("hearsay bench sender \(number)"))
      inputs.append(input)
    }
    let load = Load(frames: frames, frameSize: frames.count / sizes.all, inputs: inputs) { () throws(BenchError) in
      try greet(sink.accept(), as: route.hops[1].address)
    }
    var run = RelayRun("sphinx", workers: workers, node, load)
    var kept = [UInt8](repeating: 0, count: sizes.all * size)
    var count = 0
    try run.run(sizes) { frame in
      guard frame.count == size + 1, frame[0] == FrameKind.data.rawValue, count < sizes.all else { return }
      for i in 0..<size { kept[count * size + i] = frame[i + 1] }
      count += 1
    }
    var times = [Int](repeating: 0, count: sizes.all)
    for place in 0..<count {
      let packet = Array(kept[place * size..<(place + 1) * size])
      if let number = route.deliver(packet, from: 1), times.indices.contains(number) { times[number] += 1 }
    }
    run.measure.received = times.count { $0 == 1 }
    run.measure.wrong = sizes.all - run.measure.received
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

  private func directory(_ port: UInt16) -> NetworkDirectory {
    let next = NetworkDirectory.Node(
      name: "sink", layer: 1, address: route.hops[1].address, chains: [("mix", .loopback(port: port))], clients: nil,
      keys: [])
    let own = NetworkDirectory.Node(
      name: "bench", layer: 0, address: route.hops[0].address, chains: [], clients: nil, keys: [])
    return NetworkDirectory(nodes: [own, next])
  }

  private static func config(_ workers: Int) -> String {
    """
    [node]
    name = "bench"
    network = "network.json"
    [pipeline]
    workers = \(workers)
    [chain.mix]
    listen = "127.0.0.1:0"
    decode = ["sphinx"]
    verify = ["replay"]
    delay = ["sphinx_delay"]
    forward = ["next_hop"]
    [replay]
    tags_max = 1048576
    file = ""
    """
  }
}
