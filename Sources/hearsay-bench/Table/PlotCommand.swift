import Foundation

/// `hearsay-bench plot`: the latency of a Sphinx node at rising rates, as a picture.
enum PlotCommand {
  static let help = """
    hearsay-bench plot --file FILE [--seconds N]

    Drives a Sphinx node at rising rates until it no longer keeps up, and writes latency against rate into FILE, as SVG.
    """

  static func run(_ words: BenchWords) throws(BenchError) -> Int32 {
    guard let file = words.file else { throw BenchError("--file is needed, for the picture") }
    let rungs = try RateLadder(.sphinx, workers: 1, seconds: words.isQuick ? 0 : words.seconds).climb()
    // The last is the first that the node did not keep up with.
    let points = rungs.map { rung in
      LatencyPlot.Point(rate: Double(rung.rate), p50: rung.result.latency(0.5), p99: rung.result.latency(0.99))
    }
    let plot = LatencyPlot(title: "one Sphinx node, socket to socket", points: points)
    do { try plot.svg.write(toFile: file, atomically: true, encoding: .utf8) } catch {
      throw BenchError("\(file) cannot be written: \(error.localizedDescription)")
    }
    for rung in rungs { Output.line("\(rung.name.padded(to: 16))\(rung.result.text)") }
    return 0
  }
}
