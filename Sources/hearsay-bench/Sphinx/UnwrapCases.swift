import MixHost
import MixNet
import Sphinx

/// Batches of one size, unwrapped at the first of three nodes as the decode stage does it.
struct UnwrapCases {
  let batch: Int
  private let route: MixRoute
  /// As they come to the node.
  private let packets: [[UInt8]]
  /// As they must leave it: found by a node of its own for each, and delivered by the nodes after it.
  private let expected: [[UInt8]]

  init(batch: Int, packets count: Int) throws(BenchError) {
    self.batch = batch
    route = MixRoute(hops: 3)
    packets = try route.packets(max(count, batch))
    var expected: [[UInt8]] = []
    for (number, packet) in packets.enumerated() {
      guard case .forward(_, let next) = try? route.keys[0].unwrap(packet), route.deliver(next, from: 1) == UInt64(number)
      else { throw BenchError("packet \(number) cannot be delivered") }
      expected.append(next)
    }
    self.expected = expected
  }

  /// Both phases; every packet that comes out is compared with what it must be.
  func whole(_ bench: Bench) throws(BenchError) {
    var (first, second) = (Meter(), Meter())
    _ = try bench.run("batch \(batch)") { (measure: inout Measure) throws(BenchError) in
      each(bench, until: { first.sum.wall + second.sum.wall }) { start, flat, unwrapper in
        for i in 0..<batch { flat.load(i, packets[(start + i) % packets.count]) }
        first.measure { flat.headers(&unwrapper) }
        second.measure { flat.payloads(&unwrapper) }
        measure.sent += batch
        measure.dropped += flat.refused
        for i in 0..<batch {
          if flat.holds(i, expected[(start + i) % packets.count]) { measure.received += 1 } else { measure.wrong += 1 }
        }
      }
      measure.cost = first.sum + second.sum
      measure.mustNotAllocate = true
      measure.extra = [
        ("phase_1_ns_each", Double(first.sum.cpu.ns) / Double(measure.sent)),
        ("phase_2_ns_each", Double(second.sum.cpu.ns) / Double(measure.sent)),
      ]
    }
  }

  /// Packets with one bit of the header changed: all are refused in phase one, and none comes out.
  func forged(_ bench: Bench) throws(BenchError) {
    var meter = Meter()
    _ = try bench.run("batch \(batch), forged") { (measure: inout Measure) throws(BenchError) in
      each(bench, until: { meter.sum.wall }) { start, flat, unwrapper in
        for i in 0..<batch {
          var packet = packets[(start + i) % packets.count]
          packet[48 + (start + 7 * i) % 300] ^= 1 << UInt8(i & 7)
          flat.load(i, packet)
        }
        meter.measure { flat.headers(&unwrapper) }
        measure.sent += batch
        measure.dropped += flat.refused
        measure.wrong += flat.accepted
      }
      measure.cost = meter.sum
      measure.mustNotAllocate = true
    }
  }

  /// Packets that were here before: phase one and a look at the tags, and none goes on.
  func replayed(_ bench: Bench) throws(BenchError) {
    var meter = Meter()
    _ = try bench.run("batch \(batch), replayed") { (measure: inout Measure) throws(BenchError) in
      let tags = ReplayTags(tagsMax: 1 << 20)
      var random = RandomStream(seed: Seed(5))
      let scratch = ReplayBatch(capacity: batch, shards: tags.shardCount, key: tags.start(&random))
      var seen = [Bool](repeating: false, count: packets.count)
      each(bench, until: { meter.sum.wall }) { start, flat, unwrapper in
        for i in 0..<batch { flat.load(i, packets[(start + i) % packets.count]) }
        meter.measure {
          flat.headers(&unwrapper)
          for i in 0..<batch { scratch.add(i, flat.tags[i]) }
          tags.insert(scratch)
        }
        for i in 0..<batch {
          let packet = (start + i) % packets.count
          measure.sent += 1
          // The first time each is new; it then is let through.
          switch scratch.outcomes[i] {
          case .new where !seen[packet]: measure.received += 1
          case .seen where seen[packet]: measure.dropped += 1
          default: measure.wrong += 1
          }
          seen[packet] = true
        }
        measure.dropped += flat.refused
      }
      measure.cost = meter.sum
      measure.mustNotAllocate = true
    }
  }

  /// Calls `body` for one batch after the other, until so much time was taken; the first one is for warming up.
  private func each(
    _ bench: Bench, until time: () -> Nanos,
    _ body: (_ start: Int, _ flat: inout FlatBatch, _ unwrapper: inout SphinxUnwrapper) -> Void
  ) {
    var flat = FlatBatch(capacity: batch, size: route.size)
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(route.keys[0]), size: route.size, capacity: batch)
    for i in 0..<batch { flat.load(i, packets[i]) }
    flat.headers(&unwrapper)
    flat.payloads(&unwrapper)
    var start = 0
    repeat {
      body(start, &flat, &unwrapper)
      start += batch
    } while time() < bench.time
  }
}
