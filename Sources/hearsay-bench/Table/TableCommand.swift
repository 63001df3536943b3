import OrderedJSON

/// `hearsay-bench` without a name: the table of what is wanted and what is measured.
enum TableCommand {
  static func run(_ words: BenchWords) throws(BenchError) -> Int32 {
    var table = FigureTable(isQuick: words.isQuick) { what in Output.note("measuring: \(what)") }
    try table.measure()
    if words.isJSON {
      Output.line(table.json.line)
    } else {
      Output.line("\(Machine().text), load average \(LoadAverage.now)")
      table.lines.forEach { Output.line($0) }
    }
    for row in table.rows where row.isJudged && !row.isMet {
      Output.note("hearsay-bench: \(row.title): \(Output.rounded(row.measured)) is not \(Output.rounded(row.must))")
    }
    return words.isQuick || table.rows.allSatisfy { !$0.isJudged || $0.isMet } ? 0 : 1
  }
}
