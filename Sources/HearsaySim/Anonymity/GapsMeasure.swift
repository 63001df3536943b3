import MixNet
import SimNet

/// Whether the link between two mixes shows how much is said in the network: the gaps between its frames while clients say much,
/// against those while they say next to nothing, when mixes make up for what is missing.
struct GapsMeasure {
  /// Messages a second of all clients, in the one case and in the other.
  let busy: Double
  let quiet: Double
  /// Packets a second that each mix sends at least; zero: there is no cover.
  let floor: Int
  /// The time between two packets on each link; zero: links have no constant rate.
  var interval = Nanos.zero
  let seconds: Int
  let seed: UInt64

  /// What one network has shown.
  struct Sample: Sendable {
    let gaps: [UInt64]
    let sizes: Set<Int>
    let failures: [String]
  }

  /// The network in both cases.
  func samples() -> [Sample] {
    [sample(busy, seed), sample(quiet, seed &+ 1)]
  }

  private func sample(_ rate: Double, _ seed: UInt64) -> Sample {
    var settings = AnonymitySettings(seed: seed, rate: rate, meanDelay: .ms(100), targets: 1, crypto: .stub)
    (settings.coverFloor, settings.linkInterval, settings.span) = (floor, interval, .s(UInt64(seconds)))
    let run = AnonymityRun(settings)
    run.followsSenders = false
    guard run.attach() else { return Sample(gaps: [], sizes: [], failures: run.failures) }
    run.world.run(for: settings.burnIn + .s(10))
    let world = run.world
    let meter = GapMeter(
      from: run.nodes[0].host.number, to: run.nodes[1].host.number, now: { [unowned world] in world.now })
    world.meter = meter
    world.run(for: .s(UInt64(seconds)))
    run.checkLosses()
    return Sample(gaps: meter.gaps, sizes: meter.sizes, failures: run.failures)
  }
}
