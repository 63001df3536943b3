import OrderedJSON

/// `hearsay-bench` without a name: the table of what is wanted and what is measured.
enum TableCommand {
  static func run(_ words: BenchWords) throws(BenchError) -> Int32 {
    var table = FigureTable { what in Output.note("measuring: \(what)") }
    try table.measure()
    if words.isJSON {
      Output.line(table.json.line)
    } else {
      Output.line("\(Machine().text), load average \(LoadAverage.now)")
      table.lines.forEach { Output.line($0) }
    }
    return 0
  }
}
