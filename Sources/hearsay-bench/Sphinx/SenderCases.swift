import MixNet
import Sphinx

/// What a sender does, along a route of so many hops. All that it makes is taken through every node.
struct SenderCases {
  private let route: MixRoute
  private let hops: Int

  init(hops: Int) {
    self.hops = hops
    route = MixRoute(hops: hops)
  }

  func create(_ bench: Bench) throws(BenchError) {
    try bench.run("create, \(hops) \(hops == 1 ? "hop" : "hops")") { (measure: inout Measure) throws(BenchError) in
      var sender = SphinxSender()
      var random = RandomStream(seed: Seed(6))
      var packet = [UInt8](repeating: 0, count: route.size.packet)
      var meter = Meter()
      var fault: SphinxError?
      repeat {
        let number = UInt64(measure.sent)
        let message = Stamp.bytes(number, size: MixRoute.messageSize)
        var span = packet.mutableSpan
        meter.measure {
          do throws(SphinxError) {
            try sender.create(
              &span, message: message.span, along: route.hops.span, to: route.recipient, version: route.version,
              random: &random)
          } catch { fault = error }
        }
        if let fault { throw BenchError("no packet can be made: \(fault)") }
        measure.sent += 1
        if route.deliver(packet) == number { measure.received += 1 } else { measure.wrong += 1 }
      } while meter.sum.wall < bench.time
      measure.cost = meter.sum
      measure.mustNotAllocate = true
    }
  }

  /// Reply blocks: made, used, and what comes back opened.
  func replies(_ bench: Bench) throws(BenchError) {
    var run = ReplyRun(route: route)
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(7))
    repeat { try run.once(&sender, &random) } while run.time < bench.time
    for (name, unit, meter, allocates) in [
      ("SURB create, \(hops) hops", "block", run.made, true), ("SURB reply", "packet", run.replied, false),
      ("SURB open, \(hops) hops", "packet", run.opened, false),
    ] {
      try bench.run(name, unit: unit) { (measure: inout Measure) throws(BenchError) in
        measure.sent = run.sent
        measure.received = run.right
        measure.wrong = run.sent - run.right
        measure.cost = meter.sum
        measure.mustNotAllocate = !allocates
      }
    }
  }
}

/// Reply blocks on their way out, replies on their way back.
private struct ReplyRun {
  let route: MixRoute
  private(set) var made = Meter()
  private(set) var replied = Meter()
  private(set) var opened = Meter()
  private(set) var sent = 0
  private(set) var right = 0

  init(route: MixRoute) { self.route = route }

  var time: Nanos { made.sum.wall + replied.sum.wall + opened.sum.wall }

  /// One block, one reply, opened.
  mutating func once(_ sender: inout SphinxSender, _ random: inout RandomStream) throws(BenchError) {
    let number = UInt64(sent)
    sent += 1
    let surb = try makeBlock(&sender, &random)
    let packet = try reply(Stamp.bytes(number, size: MixRoute.messageSize), with: surb, &sender)
    guard var payload = route.payload(packet) else { return }
    if open(&payload, with: surb, &sender) == number { right += 1 }
  }

  private mutating func makeBlock(
    _ sender: inout SphinxSender, _ random: inout RandomStream
  ) throws(BenchError) -> SphinxSURB {
    let route = route
    var made: SphinxSURB?
    self.made.measure {
      made = try? sender.createSURB(
        along: route.hops.span, to: route.recipient, version: route.version, random: &random)
    }
    guard let made else { throw BenchError("no reply block can be made") }
    return made
  }

  private mutating func reply(
    _ message: [UInt8], with surb: SphinxSURB, _ sender: inout SphinxSender
  ) throws(BenchError) -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: route.size.packet)
    var first: Bytes32?
    replied.measure {
      var span = packet.mutableSpan
      first = try? sender.reply(&span, message: message.span, with: surb.bytes.span)
    }
    guard first == route.hops[0].address else { throw BenchError("no reply can be made") }
    return packet
  }

  private mutating func open(_ payload: inout [UInt8], with surb: SphinxSURB, _ sender: inout SphinxSender) -> UInt64? {
    var range: Range<Int>?
    opened.measure {
      var span = payload.mutableSpan
      range = try? sender.open(&span, with: surb.recovery)
    }
    guard let range, range.count == MixRoute.messageSize else { return nil }
    return Stamp.number(of: payload.span.extracting(range))
  }
}
