import OrderedJSON

/// Why a line cannot be served: one sentence that names the field, what was found and what is allowed.
struct LineError: Error {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }

  /// The answer to such a line.
  var answer: String { JSON.object([("error", .text(sentence))]).line }
}
