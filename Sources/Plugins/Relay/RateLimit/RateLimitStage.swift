package import MixHost
import MixNet
import Synchronization

/// What `[rate_limit]` says.
struct RateLimitConfig: Sendable {
  let link: RateGate.Rate
  let all: RateGate.Rate
  let linksMax: Int

  init(from table: inout ConfigTable) {
    let rates = 0...1_000_000_000
    func rate(_ packets: Int, _ bytes: Int, _ burst: Nanos) -> RateGate.Rate {
      RateGate.Rate(packets: UInt64(max(0, packets)), bytes: UInt64(max(0, bytes)), burst: burst, sizeMax: 0)
    }
    let linkPackets = table.int(
      "link_packets_per_s", default: 1_000, in: rates, "packets a second from one link; 0: no limit")
    let linkBytes = table.size("link_bytes_per_s", default: 0, in: rates, "bytes a second from one link; 0: no limit")
    let allPackets = table.int(
      "all_packets_per_s", default: 0, in: rates, "packets a second from all links together; 0: no limit")
    let allBytes = table.size(
      "all_bytes_per_s", default: 0, in: rates, "bytes a second from all links together; 0: no limit")
    let burst = table.milliseconds(
      "burst_ms", default: 1_000, in: 1...60_000,
      "what the rate brings in this time may come at once; one packet always")
    linksMax = table.int(
      "links_remembered_max", default: 4_096, in: 16...1_048_576,
      "links whose rate is remembered, a worker; of more, the most silent one is forgotten")
    link = rate(linkPackets, linkBytes, burst)
    all = rate(allPackets, allBytes, burst)
  }
}

/// The gate of all links, for the workers together.
final class SharedGate: Sendable {
  let gate: Mutex<RateGate>
  let isLimited: Bool

  init(_ rate: RateGate.Rate) {
    gate = Mutex(RateGate(rate, now: .zero))
    isLimited = rate.isLimited
  }
}

/// Drops what comes faster than it may, by link and in all, before anything else is done with it. What is dropped counts
/// against no rate.
final class RateLimitStage: AdmissionStage {
  private let all: SharedGate
  private let isLinkLimited: Bool
  private var links: LinkGates

  init(_ config: RateLimitConfig, _ all: SharedGate, _ builder: inout StageBuilder) {
    self.all = all
    isLinkLimited = config.link.isLimited
    var rate = config.link
    rate.sizeMax = builder.plan.limits.dataMax
    links = LinkGates(rate, linksMax: isLinkLimited ? config.linksMax : 1)
  }

  func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    let now = turn.now
    if all.isLimited {
      all.gate.withLock { gate in
        for i in arrivals.indices where !admit(arrivals.link(i), arrivals.size(i), &gate, now) {
          verdicts.drop(i, .rateLimited)
        }
      }
    } else if isLinkLimited {
      for i in arrivals.indices {
        let place = links.place(of: arrivals.link(i), now)
        let size = arrivals.size(i)
        if links.fits(size, at: place, now) {
          links.pass(size, at: place, now)
        } else {
          verdicts.drop(i, .rateLimited)
        }
      }
    }
  }

  private func admit(_ link: LinkID, _ size: Int, _ gate: inout RateGate, _ now: Instant) -> Bool {
    guard isLinkLimited else {
      guard gate.fits(size, now) else { return false }
      gate.pass(size, now)
      return true
    }
    let place = links.place(of: link, now)
    guard links.fits(size, at: place, now), gate.fits(size, now) else { return false }
    links.pass(size, at: place, now)
    gate.pass(size, now)
    return true
  }
}

extension StageDescriptor {
  /// `rate_limit`: refuses what comes too fast.
  package static let rateLimit = StageDescriptor(
    .admission, "rate_limit", summary: "drops packets that come faster than they may, by link and in all",
    config: RateLimitConfig.init(from:),
    shared: { (config: RateLimitConfig, context: inout LoadContext) -> SharedGate? in
      if config.link.isLimited {
        context.addMemory(
          "rates of links", atMost: context.plan.workers * LinkGates.memory(linksMax: config.linksMax))
      }
      var rate = config.all
      rate.sizeMax = context.plan.limits.dataMax
      return SharedGate(rate)
    },
    make: {
      (config: RateLimitConfig, all: SharedGate, builder: inout StageBuilder) throws(BuildError) -> any AdmissionStage
      in
      RateLimitStage(config, all, &builder)
    })
}
