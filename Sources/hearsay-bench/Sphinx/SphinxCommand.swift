import MixNet
import OrderedJSON
import Sphinx

/// `hearsay-bench sphinx` and `hearsay-bench create`: what a packet costs with each implementation of X25519.
enum SphinxCommand {
  static let help = """
    hearsay-bench sphinx [--json] [--quick]
    hearsay-bench create [--json] [--quick]

    Processor time of one packet of 2413 bytes: the first unwraps it, in batches of 128, the second makes it for three hops, in
    batches of 64. Every packet is compared with what it must be.
    """

  static func run(_ name: String, _ words: BenchWords) throws(BenchError) -> Int32 {
    let time: Nanos = words.isQuick ? .ms(5) : .s(1)
    let figures = name == "create" ? try SphinxFigures.create(time) : try SphinxFigures.unwrap(time)
    if words.isJSON {
      Output.line(figures.json(name).line)
    } else {
      Output.line(Machine().text)
      figures.lines.forEach { Output.line($0) }
    }
    return 0
  }
}

/// What packets cost, one figure an implementation of X25519.
struct SphinxFigures {
  /// Processor time, microseconds.
  private(set) var cpu: [(name: String, us: Double)] = []
  /// The same of one X25519 in full lanes; none when packets were made.
  private(set) var x25519: [(name: String, us: Double)] = []
  private(set) var packets = 0
  private(set) var allocations = 0.0

  /// Unwraps at the first of three hops, and multiplies.
  static func unwrap(_ time: Nanos) throws(BenchError) -> SphinxFigures {
    let route = MixRoute(hops: 3)
    var figures = SphinxFigures()
    for multiplier in Multipliers.all {
      var unwraps = try VerifiedUnwraps(route, count: 128, multiplier)
      unwraps.run(for: time)
      let measures = unwraps.measures(multiplier.name)
      try figures.add(multiplier.name, measures, of: measures[0].sent)
      figures.x25519.append((multiplier.name, try multiply(multiplier, time)))
    }
    return figures
  }

  private static func multiply(_ multiplier: any PointMultiplier, _ time: Nanos) throws(BenchError) -> Double {
    var pairs = PointPairs()
    var (cost, count) = (Meter(), 0)
    repeat {
      pairs.draw()
      cost.measure { pairs.multiply(with: multiplier) }
      count += PointPairs.count
      guard pairs.right == PointPairs.count else { throw BenchError("\(multiplier.name) gave a wrong product") }
    } while cost.wall < time
    return cost.cpuMicroseconds(each: count)
  }

  /// Makes packets for three hops, in batches.
  static func create(_ time: Nanos) throws(BenchError) -> SphinxFigures {
    let route = MixRoute(hops: 3)
    var figures = SphinxFigures()
    for multiplier in Multipliers.all {
      let maker = PacketBatchMaker(route, multiplier)
      var measure = Measure(multiplier.name)
      repeat {
        try maker.make(from: measure.sent, count: PacketBatchMaker.size)
        for (place, packet) in maker.packets.enumerated() where route.deliver(packet) == measure.sent + place {
          measure.received += 1
        }
        measure.sent += PacketBatchMaker.size
      } while maker.cost.wall < time
      measure.cost = maker.cost
      measure.wrong = measure.sent - measure.received
      // The messages are arrays; what a packet takes is known from the case below.
      measure.cost.allocations = try allocations(route, multiplier)
      try figures.add(multiplier.name, [measure], of: measure.sent)
    }
    return figures
  }

  /// Allocations of one batch whose messages are there already.
  private static func allocations(_ route: MixRoute, _ multiplier: any PointMultiplier) throws(BenchError) -> Int {
    var sender = SphinxSender(capacity: 8, multiplier: multiplier)
    var random = RandomStream(seed: Seed(5))
    let message = MixRoute.message(0)
    var packet = [UInt8](repeating: 0, count: route.size.packet)
    var cost = Meter()
    let start = Meter.now
    do throws(SphinxError) {
      sender.begin()
      for _ in 0..<8 {
        try sender.enter(along: route.hops.span, to: route.recipient, version: .v260, random: &random)
      }
      sender.exchange()
      for place in 0..<8 {
        var span = packet.mutableSpan
        try sender.write(place, message: message.span, into: &span)
      }
      sender.end()
    } catch { throw BenchError("no packet can be made: \(error)") }
    cost.add(since: start)
    return cost.allocations ?? 0
  }

  private mutating func add(_ name: String, _ measures: [Measure], of count: Int) throws(BenchError) {
    if let fault = measures.flatMap(\.faults).first { throw BenchError("\(name): \(fault)") }
    cpu.append((name, measures.reduce(0) { $0 + $1.cost.cpuMicroseconds(each: count) }))
    packets += count
    allocations = max(allocations, measures.reduce(0) { $0 + Double($1.cost.allocations ?? 0) } / Double(count))
  }

  func cpu(of name: String) -> Double? { cpu.first { $0.name == name }?.us }
  func x25519(of name: String) -> Double? { x25519.first { $0.name == name }?.us }

  func json(_ name: String) -> JSON {
    func both(_ figures: [(name: String, us: Double)]) -> JSON {
      .object(
        ["libsodium", "crypto_mb"].map { name in
          (name, figures.first { $0.name == name }.map { .double($0.us) } ?? .null)
        })
    }
    var fields: [(String, JSON)] = [
      ("bench", .text(name)), ("verified", .bool(true)), ("packets", .int(packets)),
      ("allocations_per_packet", .double(allocations)), ("cpu_us_per_packet", both(cpu)),
    ]
    if !x25519.isEmpty {
      fields.append(("x25519_us", both(x25519)))
      if let ratio { fields.append(("unwrap_per_x25519_libsodium", .double(ratio))) }
    }
    return .object(fields + [("load_average", .text(LoadAverage.now))])
  }

  /// An unwrap with the quickest code, to one X25519 of libsodium in the same run: what moves with the machine is in both.
  var ratio: Double? {
    guard let best = cpu.last, let one = x25519(of: "libsodium") else { return nil }
    return best.us / one
  }

  var lines: [String] {
    var lines = cpu.map { "\($0.name.padded(to: 12))\(Output.rounded($0.us)) us a packet" }
    lines += x25519.map { "\($0.name.padded(to: 12))\(Output.rounded($0.us)) us an X25519" }
    if let ratio { lines.append("an unwrap takes \(Output.rounded(ratio)) times one X25519 of libsodium") }
    lines.append("\(packets) packets, all as they must be; \(Output.rounded(allocations)) allocations a packet")
    return lines + ["load average \(LoadAverage.now)"]
  }
}
