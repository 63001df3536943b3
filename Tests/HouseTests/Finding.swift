/// One breach of a rule of the house.
struct Finding: Equatable, CustomStringConvertible {
  let path: String
  /// Counts from 1; 0 when the whole file is meant.
  let line: Int
  let what: String

  var description: String { line == 0 ? "\(path): \(what)" : "\(path):\(line): \(what)" }
}
