import LinuxNet
import MixNet
import Sphinx

/// A Sphinx node: clients send it packets as fast as it takes them, and a sink stands where the next node would.
struct MixRelay {
  let rig: RelayRig
  let packets: MixPackets

  func oneNode(workers: Int) throws(BenchError) -> Measure? {
    try rig.bench.run("sphinx, \(workers) \(workers == 1 ? "worker" : "workers")") {
      (measure: inout Measure) throws(BenchError) in
      let load = try Load()
      let sink = MixSink(packets, load)
      let node = try start(workers: workers, sink: try sink.listen(), named: sink.address)
      load.limit = packets.flat
      let entry = try node.address("clients")
      for number in 0..<RelayRig.links { _ = try attach(load, entry, number, first: number, step: RelayRig.links) }
      rig.measure(load, nodes: [node], into: &measure)
      let pacer = try attach(load, entry, RelayRig.links, first: packets.flat, step: 1)
      sink.beginPaced()
      load.paced(pacer, from: packets.flat, packets.count - packets.flat, perSecond: 500)
      load.drain()
      let opened = sink.open()
      load.wrong += opened.wrong
      load.received -= opened.wrong
      if !opened.isInOrder { measure.fault("packets of one link came out in another order: its latency says nothing") }
      try rig.finish(load, nodes: [node], into: &measure)
    }
  }

  private func start(workers: Int, sink: Address, named: Bytes32) throws(BenchError) -> ChildNode {
    let name = "sphinx-\(workers)"
    let folder = try rig.folder.folder(name)
    _ = try rig.folder.folder("\(name)/state")
    do throws(StorageError) {
      try writeFile("\(folder)/state/sphinx.key", hexKey(packets.route.keys[0]), mode: 0o600)
      try writeFile("\(folder)/network.json", Array(network(sink, named).utf8), mode: 0o600)
    } catch { throw BenchError(error.description) }
    return try rig.start(name, config(workers: workers))
  }

  /// Attaches a client of its own to the node.
  private func attach(
    _ load: Load, _ entry: Address, _ number: Int, first: Int, step: Int
  ) throws(BenchError) -> Stream {
    let key = ClientKey(seed: [UInt8](repeating: UInt8(number + 1), count: 32))
    var made: Stream?
    var isAttached = false
    let stream = try load.connect(entry) { id in
      Stream(id, load.network, isConnecting: true, cargo: packets, first: first, step: step) { frame in
        if let challenge = Challenge(frame) {
          let answer = key.attach(to: challenge)
          made?.say([0, 0, 0, UInt8(answer.count)] + answer)
        } else if frame.count == 1, frame[0] == ClientProtocol.Kind.attached.rawValue {
          isAttached = true
        } else {
          load.wrong += 1
        }
      }
    }
    made = stream
    try load.wait("attaching a client") { isAttached }
    return stream
  }

  private func network(_ sink: Address, _ named: Bytes32) -> String {
    let own = packets.route.hops[0].address
    return """
      {"nodes": [
        {"name": "bench", "layer": 0, "address": "\(own)", "chains": {}, "clients": null, "keys": []},
        {"name": "sink", "layer": 1, "address": "\(named)", "chains": {"mix": "\(sink)"}, "clients": null, "keys": []}
      ]}
      """
  }

  private func config(workers: Int) -> String {
    """
    [node]
    name = "bench"
    network = "network.json"
    [pipeline]
    workers = \(workers)
    [log]
    level = "warn"
    [chain.mix]
    listen = "127.0.0.1:0"
    decode = ["sphinx"]
    verify = ["replay"]
    delay = ["sphinx_delay"]
    forward = ["next_hop"]
    [clients]
    listen = "127.0.0.1:0"
    [replay]
    tags_max = 1048576
    """
  }
}
