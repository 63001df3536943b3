/// How help is set: in lines that fit a terminal of ``width`` columns.
enum HelpText {
  static let width = 100

  /// A text in lines of up to ``width`` columns, all but the first one behind `indent` spaces. The first one begins where
  /// `used` columns are taken.
  static func wrapped(_ text: String, indent: Int = 0, used: Int = 0) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      let taken = lines.isEmpty ? used : indent
      if !line.isEmpty, taken + line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
  }

  /// A name and what is to be said of it, which begins in `column`: beside the name, or below where the name is longer.
  static func entry(_ name: String, _ text: String, column: Int) -> String {
    let head = "  " + wrapped(name, indent: 4, used: 2)
    let room = column - head.count
    let space = room >= 2 ? String(repeating: " ", count: room) : "\n" + String(repeating: " ", count: column)
    return head + space + wrapped(text, indent: column, used: column)
  }
}
