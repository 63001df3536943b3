import MixHost
import MixNet

/// What `[vrf_delay]` says.
struct VRFDelayConfig: Sendable {
  let law: DelayLaw
  let epochSeconds: UInt32
  let keyFile: String

  init(from table: inout ConfigTable) {
    let kind = table.choice("law", default: DelayLaw.Kind.exponential, "how the delays are spread")
    let mean = table.milliseconds("mean_ms", default: 50, in: 0...3_600_000, "the mean delay")
    let max = table.milliseconds(
      "max_ms", default: 10_000, in: 1...3_600_000,
      "the longest delay; at least the mean, and much more for the mean to hold")
    if mean > max {
      table.mistake(at: "max_ms", "'max_ms' must be at least 'mean_ms', which is \(mean.ms); found \(max.ms)")
    }
    law = DelayLaw(kind, mean: mean, max: max)
    epochSeconds = UInt32(
      table.int(
        "epoch_s", default: 600, in: 1...604_800,
        "how long one proof stands for; it is published when these seconds are over"))
    keyFile = table.path(
      "key_file", default: "vrf.key", "the node's secret key of the VRF, 64 hex digits, mode 0600; in the state folder")
  }
}
