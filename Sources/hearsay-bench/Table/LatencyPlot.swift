import Glibc

/// A picture of latency at rising rates, as SVG that follows the reader's choice of light or dark. Both axes are logarithmic.
struct LatencyPlot {
  struct Point {
    let rate: Double
    let p50: Double
    let p99: Double
  }

  private static let size = (width: 720.0, height: 400.0)
  private static let frame = (left: 70.0, right: 90.0, top: 28.0, bottom: 48.0)

  let title: String
  let points: [Point]

  private var rates: (Double, Double) { (points.first?.rate ?? 1, points.last?.rate ?? 10) }
  /// Whole decades of microseconds around all that was measured.
  private var decades: (Double, Double) {
    let all = points.flatMap { [$0.p50, $0.p99] }.filter { $0 > 0 }
    return (
      log10(all.min() ?? 1).rounded(.down),
      max(log10(all.min() ?? 1).rounded(.down) + 1, log10(all.max() ?? 10).rounded(.up))
    )
  }

  private func x(_ rate: Double) -> Double {
    let width = Self.size.width - Self.frame.left - Self.frame.right
    let span = log2(rates.1 / rates.0)
    return Self.frame.left + (span > 0 ? log2(rate / rates.0) / span : 0) * width
  }

  private func y(_ us: Double) -> Double {
    let height = Self.size.height - Self.frame.top - Self.frame.bottom
    let share = (log10(max(us, 1e-3)) - decades.0) / (decades.1 - decades.0)
    return Self.size.height - Self.frame.bottom - share * height
  }

  /// The whole file.
  var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.size.width)) \(Int(Self.size.height))" role="img" aria-label="\(title)">
    <style>
    svg { font: 13px sans-serif; background: #ffffff; --ink: #222222; --pale: #d9d9d9; --a: #0b62a4; --b: #b8480f; }
    @media (prefers-color-scheme: dark) { svg { background: #16181c; --ink: #e6e6e6; --pale: #3a3f47; --a: #6db3f2; --b: #f2a66d; } }
    text { fill: var(--ink); } .grid { stroke: var(--pale); } polyline { fill: none; stroke-width: 2; }
    </style>
    \((grid + axes + line("p50", "a", \.p50) + line("p99", "b", \.p99)).joined(separator: "\n"))
    </svg>

    """
  }

  private var grid: [String] {
    stride(from: decades.0, through: decades.1, by: 1).map { decade in
      let us = pow(10, decade)
      let name = us >= 1e6 ? "\(Int(us / 1e6)) s" : us >= 1e3 ? "\(Int(us / 1e3)) ms" : "\(Int(us)) us"
      return
        "<line class=\"grid\" x1=\"\(at(x(rates.0)))\" x2=\"\(at(x(rates.1)))\" y1=\"\(at(y(us)))\" y2=\"\(at(y(us)))\"/>"
        + "<text x=\"\(at(Self.frame.left - 8))\" y=\"\(at(y(us) + 4))\" text-anchor=\"end\">\(name)</text>"
    }
  }

  private var axes: [String] {
    let bottom = Self.size.height - Self.frame.bottom
    var lastEnd = -100.0
    let names = points.compactMap { point -> String? in
      let place = x(point.rate)
      guard place - lastEnd > 34 else { return nil }
      lastEnd = place
      return
        "<text x=\"\(at(place))\" y=\"\(at(bottom + 18))\" text-anchor=\"middle\">\(Int(point.rate / 1e3)) k</text>"
    }
    return names + [
      "<text x=\"\(at(Self.frame.left))\" y=\"16\">\(title)</text>",
      "<text x=\"\(at((x(rates.0) + x(rates.1)) / 2))\" y=\"\(at(bottom + 38))\" text-anchor=\"middle\">packets a second</text>",
    ]
  }

  private func line(_ name: String, _ colour: String, _ value: (Point) -> Double) -> [String] {
    let places = points.map { "\(at(x($0.rate))),\(at(y(value($0))))" }
    let end = points.last.map { (x($0.rate) + 10, y(value($0)) + 4) } ?? (0, 0)
    return ["<polyline points=\"\(places.joined(separator: " "))\" style=\"stroke: var(--\(colour))\"/>"]
      + points.map {
        "<circle cx=\"\(at(x($0.rate)))\" cy=\"\(at(y(value($0))))\" r=\"4\" style=\"fill: var(--\(colour))\"/>"
      }
      + ["<text x=\"\(at(end.0))\" y=\"\(at(end.1))\" style=\"fill: var(--\(colour))\">\(name)</text>"]
  }

  /// A place in tenths of a pixel.
  private func at(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
