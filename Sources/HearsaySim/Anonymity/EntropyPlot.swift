import Glibc

/// A picture of measured entropies beside the closed form, as SVG that follows the reader's choice of light or dark.
struct EntropyPlot {
  /// The measurements of one mean delay and width.
  struct Series {
    let name: String
    /// By messages a second: the mean, the 5 % quantile, and what the closed form says.
    var points: [(rate: Double, mean: Double, p5: Double, formula: Double)]
  }

  private static let size = (width: 720.0, height: 420.0)
  private static let frame = (left: 60.0, right: 180.0, top: 24.0, bottom: 48.0)
  private static let colours = ["a", "b", "c", "d"]

  let title: String
  let series: [Series]

  private var rates: (Double, Double) {
    let all = series.flatMap { $0.points.map(\.rate) }
    return (all.min() ?? 1, all.max() ?? 10)
  }
  private var top: Double {
    let all = series.flatMap { $0.points.flatMap { [$0.mean, $0.formula] } }
    return ((all.max() ?? 1) / 2).rounded(.up) * 2
  }

  private func x(_ rate: Double) -> Double {
    let width = Self.size.width - Self.frame.left - Self.frame.right
    let span = log2(rates.1 / rates.0)
    return Self.frame.left + (span > 0 ? log2(rate / rates.0) / span : 0) * width
  }

  private func y(_ bits: Double) -> Double {
    let height = Self.size.height - Self.frame.top - Self.frame.bottom
    return Self.size.height - Self.frame.bottom - max(0, bits) / top * height
  }

  /// The whole file.
  var svg: String {
    let (width, height) = (Int(Self.size.width), Int(Self.size.height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(title)">
      <style>
      svg { font: 13px sans-serif; background: #ffffff; --ink: #222222; --pale: #d9d9d9;
        --a: #0b62a4; --b: #b8480f; --c: #2a7d3f; --d: #7a3b9a; }
      @media (prefers-color-scheme: dark) { svg { background: #16181c; --ink: #e6e6e6; --pale: #3a3f47;
        --a: #6db3f2; --b: #f2a66d; --c: #7fd195; --d: #cf9bea; } }
      text { fill: var(--ink); } .grid { stroke: var(--pale); } .axis { stroke: var(--ink); }
      .line { fill: none; stroke-width: 1.5; }
      </style>
      \((grid + axes + drawings).joined(separator: "\n"))
      </svg>

      """
  }

  private var grid: [String] {
    stride(from: 0, through: top, by: 2).map { bits in
      "<line class=\"grid\" x1=\"\(at(x(rates.0)))\" x2=\"\(at(x(rates.1)))\" y1=\"\(at(y(bits)))\" y2=\"\(at(y(bits)))\"/>"
        + "<text x=\"\(at(Self.frame.left - 8))\" y=\"\(at(y(bits) + 4))\" text-anchor=\"end\">\(Int(bits))</text>"
    }
  }

  private var axes: [String] {
    let rates = Set(series.flatMap { $0.points.map(\.rate) }).sorted()
    let bottom = Self.size.height - Self.frame.bottom
    return rates.map { rate in
      "<text x=\"\(at(x(rate)))\" y=\"\(at(bottom + 18))\" text-anchor=\"middle\">\(Int(rate))</text>"
    } + [
      "<line class=\"axis\" x1=\"\(at(x(rates.first ?? 1)))\" x2=\"\(at(x(rates.last ?? 1)))\" y1=\"\(at(bottom))\" y2=\"\(at(bottom))\"/>",
      "<text x=\"\(at(Self.frame.left))\" y=\"14\">bits</text>",
      "<text x=\"\(at((x(rates.first ?? 1) + x(rates.last ?? 1)) / 2))\" y=\"\(at(bottom + 38))\" text-anchor=\"middle\">messages a second, all senders together</text>",
    ]
  }

  private var drawings: [String] {
    zip(series, nameHeights).enumerated().flatMap { number, both -> [String] in
      let (series, height) = both
      let colour = "var(--\(Self.colours[number % Self.colours.count]))"
      let line = series.points.map { "\(at(x($0.rate))),\(at(y($0.formula)))" }.joined(separator: " ")
      let marks = series.points.map { point in
        let across = at(x(point.rate))
        return "<line x1=\"\(across)\" x2=\"\(across)\" y1=\"\(at(y(point.p5)))\" y2=\"\(at(y(point.mean)))\" "
          + "style=\"stroke: \(colour)\"/>"
          + "<circle cx=\"\(across)\" cy=\"\(at(y(point.mean)))\" r=\"4\" style=\"fill: \(colour)\"/>"
      }
      let name =
        "<text x=\"\(at(x(rates.1) + 10))\" y=\"\(at(height))\" style=\"fill: \(colour)\">\(series.name)</text>"
      return ["<polyline class=\"line\" points=\"\(line)\" style=\"stroke: \(colour)\"/>"] + marks + [name]
    }
  }

  /// Where the names stand: beside the ends of their lines, but not over each other.
  private var nameHeights: [Double] {
    var heights = series.map { y($0.points.last?.formula ?? 0) + 4 }
    let order = heights.indices.sorted { (heights[$0], $0) < (heights[$1], $1) }
    for (upper, lower) in zip(order, order.dropFirst()) { heights[lower] = max(heights[lower], heights[upper] + 17) }
    return heights
  }

  /// A place in tenths of a pixel.
  private func at(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
