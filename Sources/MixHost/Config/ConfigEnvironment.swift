/// A variable of the environment that sets a key without bearing its name, such as `BATCH_SIZE`.
///
/// The long name, `HEARSAY_PIPELINE_BATCH_SIZE`, wins when both are set. A short name whose key nobody reads is ignored:
/// it may belong to another program.
public struct ShortName: Hashable, Sendable {
  let variable: String
  let key: String
  let table: [String]

  /// `variable` sets `key` in the table that ``ConfigFile/table(_:as:)`` opens by the name `table`.
  public init(_ variable: String, sets key: String, in table: String) {
    self.variable = variable
    self.key = key
    self.table = ConfigPath(table).segments
  }
}

/// The variables of the process and which keys have asked for them.
struct ConfigEnvironment {
  static let prefix = "HEARSAY_"

  /// A key, by the number of its table.
  struct Taker: Equatable {
    let table: Int
    let key: String
  }

  struct Variable {
    let name: String
    let text: String
    var takers: [Taker] = []
  }

  private(set) var variables: [Variable] = []
  private var places: [String: Int] = [:]  // for look-ups only
  private var shortNames: [ShortName]

  init(_ pairs: [(String, String)], _ shortNames: [ShortName]) {
    self.shortNames = shortNames
    for (name, text) in pairs where places[name] == nil {
      places[name] = variables.count
      variables.append(Variable(name: name, text: text))
    }
  }

  mutating func add(_ name: ShortName) { shortNames.append(name) }

  /// The variable that sets `key` of the table at `path`, whose number is `table`: its own, else a short name's.
  mutating func take(_ key: String, of path: [String], table: Int) -> (name: String, text: String)? {
    if variables.isEmpty { return nil }
    var hits: [Int] = []
    if let own = places[Self.name(path, key)] { hits.append(own) }
    for short in shortNames where short.key == key && short.table == path {
      if let place = places[short.variable] { hits.append(place) }
    }
    let taker = Taker(table: table, key: key)
    for hit in hits where !variables[hit].takers.contains(taker) { variables[hit].takers.append(taker) }
    return hits.first.map { (variables[$0].name, variables[$0].text) }
  }

  /// `HEARSAY_<TABLE>_<KEY>`: upper case, all that is no letter or digit as `_`.
  static func name(_ path: [String], _ key: String) -> String {
    prefix
      + (path + [key]).joined(separator: "_").uppercased().map { letter in
        letter.isASCII && (letter.isLetter || letter.isNumber) ? String(letter) : "_"
      }.joined()
  }
}

/// A table's name as code writes it: `node`, `chain.mix`, or `pool/fast` for an instance over a base.
struct ConfigPath {
  /// Before the slash, cut at the dots.
  let base: [String]
  /// After the slash; it may hold dots.
  let instance: String?

  init(_ text: String) {
    let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    base = halves[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    instance = halves.count == 2 ? String(halves[1]) : nil
  }

  var segments: [String] { base + (instance.map { [$0] } ?? []) }
}
