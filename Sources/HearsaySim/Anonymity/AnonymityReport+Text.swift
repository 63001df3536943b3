import Glibc
import MixNet

extension AnonymityReport {
  /// Lines for people.
  var text: String {
    func bits(_ value: Double) -> String { Decimals.text(value, 3) }
    var lines = [
      "entropy        mean \(bits(mean)) bits, median \(bits(quantile(entropies, 0.5))), 5 % below "
        + "\(bits(quantile(entropies, 0.05))), least \(bits(entropies.first ?? 0)) (\(settings.targets) targets)",
      "closed form    \(bits(settings.formulaBits)) bits; told which message it was: \(bits(surprise)) bits",
      "like one of    \(Decimals.text(exp2(mean), 0)) messages; min-entropy \(bits(minEntropies.reduce(0, +) / Double(max(1, minEntropies.count))))",
      "pools          \(Decimals.text(poolMean, 1)) packets when one leaves",
      "latency        p50 \(Decimals.text(latency(0.5), 0)) ms, p99 \(Decimals.text(latency(0.99), 0)) ms",
      "messages       \(messages) sent, \(delivered) delivered; \(unwraps) unwraps; overhead \(Decimals.text(overhead, 3))",
      "seed \(settings.seed): \(isGood ? "ok" : "failed"), hash \(Hex.text(hash.array))",
    ]
    if let untold {
      lines.insert(
        "not told       which packets mixes made: \(bits(untold.entropy)) bits; told which message it was: "
          + "\(bits(untold.surprise)) bits", at: 2)
    }
    lines += failures.map { "  FAILED  \($0)" }
    return lines.joined(separator: "\n")
  }
}
