/// A value of a TOML 1.0 document.
public enum TOMLValue: Equatable, Sendable {
  /// A string of any of the four kinds.
  case string(String)
  /// An integer; TOML asks for 64 bits and refuses what is larger.
  case integer(Int64)
  /// A float, infinities and NaN included.
  case float(Double)
  /// `true` or `false`.
  case boolean(Bool)
  /// A date, a time of day, or both, with or without an offset.
  case moment(TOMLMoment)
  /// An array; its elements may be of different kinds.
  case array([TOMLElement])
  /// A table: a header's, an inline one, or one that a dotted key implies.
  case table(TOMLTable)
}

/// An element of an array and where it stands.
public struct TOMLElement: Equatable, Sendable {
  /// The value.
  public var value: TOMLValue
  /// Where the value begins.
  public var position: TOMLPosition

  /// An element with its place.
  public init(value: TOMLValue, position: TOMLPosition) {
    self.value = value
    self.position = position
  }
}

/// A line and a column of a document, both from 1; columns count code points.
public struct TOMLPosition: Comparable, Hashable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public var line: Int
  /// The column in code points, from 1.
  public var column: Int

  /// The place at `line` and `column`.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `line:column`.
  public var description: String { "\(line):\(column)" }

  /// Orders as one reads.
  public static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// Why a text is no TOML document; the first mistake only.
public struct TOMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the mistake was seen.
  public var position: TOMLPosition
  /// What is wrong, in one line of at most 400 bytes.
  public var message: String

  /// An error at a place.
  public init(position: TOMLPosition, message: String) {
    self.position = position
    self.message = message
  }

  /// `line:column: message`.
  public var description: String { "\(position): \(message)" }
}
