internal import TOML

/// What values a key takes: how they are read, named in messages and written.
struct KeyKind<Value> {
  /// How the text of a variable becomes a value.
  enum Form { case text, integer, float, boolean }

  /// The type in a word, for listings.
  let type: String
  /// Several of them: `strings`.
  let plural: String
  /// What comes after `must be`.
  let phrase: String
  /// The range or the words allowed, for listings.
  var allowed = ""
  var form = Form.text
  /// The words that a wrong one is compared with.
  var words: [String] = []
  /// Whether the value may be a key or a password: then messages do not show it.
  var isSecret = false
  let parse: (TOMLValue) -> Value?
  /// As TOML text.
  let write: (Value) -> String
  /// How a variable's text changes a part of the value below it, nil when it cannot; no function at all when the text
  /// is a whole value.
  var overlay: (_ text: String) -> ((Value) -> Value?)? = { _ in nil }

  /// What such a text is, for messages about variables.
  var part = ""

  /// What a message says after `must be`, about a value of the file or of a variable.
  func complaint(about value: TOMLValue, inVariable: Bool = false) -> String {
    let phrase = inVariable && !part.isEmpty ? "\(phrase) (or \(part))" : phrase
    if isSecret { return "\(phrase); found \(Self.outline(value))" }
    guard case .string(let text) = value else { return "\(phrase); found \(shown(value))" }
    return "\(phrase); found \(shown(value))\(didYouMean(text, in: words))"
  }

  /// A value without its content.
  private static func outline(_ value: TOMLValue) -> String {
    switch value {
    case .string(let text): "a string of \(text.utf8.count) bytes"
    case .array, .table: shown(value)
    case .integer, .float, .boolean, .moment: "no string"
    }
  }

  static func value(of text: String, as form: Form) -> TOMLValue {
    switch form {
    case .text: .string(text)
    case .integer: Int64(text).map(TOMLValue.integer) ?? .string(text)
    case .float: Double(text).map(TOMLValue.float) ?? .string(text)
    case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : .string(text)
    }
  }
}

/// What stands for a key that is not set.
enum KeyFallback<Value> {
  case preset(Value)
  case optional
  case required

  /// What stands where nothing is set.
  var value: Value? { if case .preset(let value) = self { value } else { nil } }
}
