internal import TOML

/// What a table of the file is, which decides how messages name it.
public enum ConfigTableKind: Sendable {
  /// A table like any other: `table 'node'`.
  case table
  /// The table of a stage, or of an instance of one: `stage 'pool/fast'`.
  case stage
  /// A chain: `chain 'mix'`.
  case chain
}

/// A table that somebody has asked for, whether the file has it or not, and the keys that were read from it.
struct OpenTable {
  /// The segments of its dotted name.
  let path: [String]
  /// The name as a header writes it.
  let header: String
  var kind: ConfigTableKind
  /// Whether it may hold tables only, as `[chain]` does.
  var isContainer = false
  private(set) var keys: [KeyDescription] = []
  private var places: [String: Int] = [:]  // for look-ups only

  init(path: [String], kind: ConfigTableKind) {
    self.path = path
    header = path.map(TOMLText.key).joined(separator: ".")
    self.kind = kind
  }

  /// How messages name it.
  var title: String {
    switch kind {
    case .table: "table '\(header)'"
    case .stage: "stage '\(path.joined(separator: "/"))'"
    case .chain: "chain '\(path.last ?? "")'"
    }
  }

  func has(_ key: String) -> Bool { places[key] != nil }

  /// Two readers may read the same key; the first one's words stand.
  mutating func remember(_ description: KeyDescription) {
    guard places[description.key] == nil else { return }
    places[description.key] = keys.count
    keys.append(description)
  }
}

extension ConfigFile {
  /// The number of the table at `path`, which from now on counts as known.
  func open(_ path: [String], as kind: ConfigTableKind) -> Int {
    guard let index = opened.firstIndex(where: { $0.path == path }) else {
      opened.append(OpenTable(path: path, kind: kind))
      return opened.count - 1
    }
    if opened[index].kind == .table { opened[index].kind = kind }
    return index
  }

  /// The table at `path` in the file, with its place; nil when it is not there. Something else in its place is a
  /// mistake, and there is no table then, but a place.
  func find(_ path: [String]) -> (table: TOMLTable?, position: ConfigPosition)? {
    var found = (table: root, position: start)
    for (depth, segment) in path.enumerated() {
      guard let entry = found.table[segment] else { return nil }
      let position = ConfigPosition(name, entry.position)
      guard case .table(let table) = entry.value else {
        let name = path[...depth].map(TOMLText.key).joined(separator: ".")
        mistake(at: position, "'\(name)' must be a table; found \(shown(entry.value))")
        return (nil, position)
      }
      found = (table, position)
    }
    return (found.table, found.position)
  }
}

/// A value as a message shows it: one short line.
func shown(_ value: TOMLValue) -> String {
  switch value {
  case .string(let text): TOMLText.quoted(text.count <= 60 ? text : text.prefix(57) + "...")
  case .integer(let number): "\(number)"
  case .float(let number): TOMLText.float(number)
  case .boolean(let flag): "\(flag)"
  case .moment(let moment): moment.description
  case .array(let elements): "a list of \(elements.count)"
  case .table: "a table"
  }
}
