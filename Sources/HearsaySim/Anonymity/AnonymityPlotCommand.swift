import MixNet

/// `hearsay-sim anonymity --plot FILE`: measures a choice of networks and draws what came out.
struct AnonymityPlotCommand {
  private static let rates = [5.0, 10, 25, 50, 100, 200, 400, 800]
  /// Mean delays in milliseconds, and widths of the layers.
  private static let networks: [(delay: Int, width: Int)] = [(1_000, 1), (250, 1), (50, 1), (250, 3)]

  let path: String
  let settings: AnonymitySettings

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    var series: [EntropyPlot.Series] = []
    for network in Self.networks {
      var points: [(rate: Double, mean: Double, p5: Double, formula: Double)] = []
      for rate in Self.rates {
        var settings = settings
        (settings.rate, settings.width, settings.meanDelay) = (rate, network.width, .ms(UInt64(network.delay)))
        let run = AnonymityRun(settings)
        run.run()
        let report = AnonymityReport(run)
        guard report.isGood else {
          note("hearsay-sim: \(settings.words): \(report.failures.first ?? "")")
          return 1
        }
        points.append((rate, report.mean, report.p5, settings.formulaBits))
        note("\(network.delay) ms, width \(network.width), \(Int(rate)) a second: \(report.shortText)")
      }
      series.append(.init(name: "\(network.delay) ms, \(network.width) a layer", points: points))
    }
    let plot = EntropyPlot(title: "Entropy of a message against the rate of all messages", series: series)
    guard let file = TraceFile(path) else {
      note("hearsay-sim: '\(path)' cannot be written")
      return 1
    }
    let bytes = Array(plot.svg.utf8)
    file.write(bytes.span)
    guard file.close() else {
      note("hearsay-sim: '\(path)' could not be written to its end")
      return 1
    }
    out("\(path)")
    return 0
  }
}
