internal import TOML

extension ConfigFile {
  /// Reports what nobody has asked for: tables, keys and variables. To be called once all readers are through.
  public func finish() {
    check(root, path: [])
    for variable in environment.variables { check(variable) }
  }

  private func check(_ table: TOMLTable, path: [String]) {
    let known = opened.first { $0.path == path }
    for entry in table.entries {
      let inner = path + [entry.key]
      if case .table(let content) = entry.value, isKnown(inner) {
        check(content, path: inner)
      } else if known?.has(entry.key) != true && !isKnown(inner) {
        mistake(at: ConfigPosition(name, place(of: entry)), sentence(about: entry, in: path, known))
      }
    }
  }

  /// Where the entry begins: at its key, or at the bracket of its header.
  private func place(of entry: TOMLTable.Entry) -> TOMLPosition { min(entry.keyPosition, entry.position) }

  /// Whether the table at `path`, or one inside of it, was asked for.
  private func isKnown(_ path: [String]) -> Bool { opened.contains { $0.path.starts(with: path) } }

  private func sentence(about entry: TOMLTable.Entry, in path: [String], _ known: OpenTable?) -> String {
    guard let known else { return unknownAtTop(entry, in: path) }
    if known.isContainer {
      return "'\(known.header)' takes tables only, such as [\(known.header).NAME]; found '\(entry.key)'"
    }
    if case .table = entry.value { return unknownTable(entry.key, in: known) }
    let keys = known.keys.map(\.key)
    let takes = keys.isEmpty ? "it takes no keys" : "it takes \(keys.joined(separator: ", "))"
    return "\(known.title) has no key '\(entry.key)'\(didYouMean(entry.key, in: keys)) (\(takes))"
  }

  /// A table inside of a known one: a key that is written as a table, or an instance that no chain lists.
  private func unknownTable(_ key: String, in known: OpenTable) -> String {
    let inner = opened.filter { $0.path.count == known.path.count + 1 && $0.path.starts(with: known.path) }
    let names = inner.map { $0.path.last ?? "" }
    guard known.kind == .stage else {
      return "\(known.title) has no table '\(key)'\(didYouMean(key, in: names + known.keys.map(\.key)))"
    }
    let base = known.path.joined(separator: "/")
    return "no chain lists '\(base)/\(key)'\(didYouMean("\(base)/\(key)", in: names.map { "\(base)/\($0)" }))"
  }

  private func unknownAtTop(_ entry: TOMLTable.Entry, in path: [String]) -> String {
    let inner = opened.filter { $0.path.count > path.count && $0.path.starts(with: path) }
    var names: [String] = []
    for name in inner.map({ $0.path[path.count] }) where !names.contains(name) { names.append(name) }
    names.sort()
    if isTable(entry.value) {
      let name = (path + [entry.key]).joined(separator: ".")
      let list = names.isEmpty ? "none" : names.joined(separator: ", ")
      return "no table '\(name)' is known\(didYouMean(entry.key, in: names)) (tables: \(list))"
    }
    let place = opened.first { $0.has(entry.key) }.map { "; it belongs in [\($0.header)]" }
    return "the key '\(entry.key)' stands in no table\(place ?? "")"
  }

  /// Also an array of tables: both have headers.
  private func isTable(_ value: TOMLValue) -> Bool {
    switch value {
    case .table: return true
    case .array(let elements):
      guard case .table = elements.first?.value else { return false }
      return true
    default: return false
    }
  }

  private func check(_ variable: ConfigEnvironment.Variable) {
    let takers = variable.takers.filter { opened[$0.table].has($0.key) }
    if takers.count > 1 {
      let keys = takers.map { "'\($0.key)' in [\(opened[$0.table].header)]" }.joined(separator: " and ")
      mistake(at: .variable(variable.name), "it fits more than one key: \(keys)")
    }
    guard takers.isEmpty, variable.name.hasPrefix(ConfigEnvironment.prefix) else { return }
    let names = opened.flatMap { table in table.keys.map { ConfigEnvironment.name(table.path, $0.key) } }
    mistake(at: .variable(variable.name), "no key has this variable\(didYouMean(variable.name, in: names))")
  }
}
