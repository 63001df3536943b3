/// The words behind a benchmark that has words of its own.
struct BenchWords {
  enum Chain: String { case sphinx, plain }

  var isJSON = false
  var isQuick = false
  /// Packets a second; nil: whatever the benchmark does by itself. 0: as fast as they are taken.
  var rate: Int?
  var seconds = 3
  var workers = 1
  var chain = Chain.sphinx
  var file: String?

  /// - Parameter known: the options that this benchmark has, beside `--json` and `--quick`.
  init(_ words: ArraySlice<String>, known: [String]) throws(BenchError) {
    var rest = words
    while let word = rest.popFirst() {
      switch word {
      case "--json": isJSON = true
      case "--quick": isQuick = true
      case _ where !known.contains(word):
        let all = (known + ["--json", "--quick"]).joined(separator: ", ")
        throw BenchError("there is no option '\(word)' here (options: \(all))")
      case "--rate": rate = try Self.number(word, rest.popFirst(), 0...1_000_000)
      case "--seconds": seconds = try Self.number(word, rest.popFirst(), 1...60)
      case "--workers": workers = try Self.number(word, rest.popFirst(), 1...64)
      case "--chain":
        guard let chain = rest.popFirst().flatMap(Chain.init(rawValue:)) else {
          throw BenchError("--chain needs sphinx or plain")
        }
        self.chain = chain
      default:
        guard let path = rest.popFirst() else { throw BenchError("\(word) needs a file") }
        file = path
      }
    }
  }

  static func number(_ word: String, _ text: String?, _ range: ClosedRange<Int>) throws(BenchError) -> Int {
    guard let number = text.flatMap({ Int($0) }), range.contains(number) else {
      throw BenchError("\(word) needs a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
