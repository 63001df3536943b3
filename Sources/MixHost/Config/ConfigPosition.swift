internal import TOML

/// Where something stands in a node's configuration: in the file, or in a variable of the environment.
public enum ConfigPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// A line and a column of the file, both from 1; columns count code points.
  case file(String, line: Int, column: Int)
  /// The variable of that name.
  case variable(String)

  /// `plugins.toml:14:1` or `HEARSAY_POOL_SIZE`.
  public var description: String {
    switch self {
    case .file(let name, let line, let column): "\(name):\(line):\(column)"
    case .variable(let name): name
    }
  }

  /// The file as one reads it, then the variables by name.
  public static func < (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.file(let x, let xLine, let xColumn), .file(let y, let yLine, let yColumn)):
      (x, xLine, xColumn) < (y, yLine, yColumn)
    case (.variable(let x), .variable(let y)): x < y
    case (.file, .variable): true
    case (.variable, .file): false
    }
  }

  init(_ name: String, _ position: TOMLPosition) {
    self = .file(name, line: position.line, column: position.column)
  }
}

/// One thing that is wrong with the configuration, for the operator to read.
public struct ConfigMistake: Hashable, Sendable, CustomStringConvertible {
  /// Where.
  public let position: ConfigPosition
  /// What was found, what is allowed, and the nearest name; one line.
  public let sentence: String

  /// `plugins.toml:15:18: 'mean_ms' must be an integer in 1...60000; found "fast"`.
  public var description: String { "\(position): \(sentence)" }
}

/// An element of a list and where it stands, for checks that only the reader of the list can make.
public struct ConfigItem: Hashable, Sendable {
  /// The element.
  public let text: String
  /// Where it stands; the place of the table when the list is the default.
  public let position: ConfigPosition

  /// An element at a place; a host makes them for what it adds to a list.
  public init(text: String, position: ConfigPosition) {
    self.text = text
    self.position = position
  }
}
