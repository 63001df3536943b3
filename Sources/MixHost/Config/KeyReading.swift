internal import TOML

/// A value that sets a key.
struct ConfigValue {
  /// The value; nil for a variable, whose text is still to be understood.
  let value: TOMLValue?
  /// The text of a variable.
  let text: String?
  let position: ConfigPosition
}

extension ConfigTable {
  /// What sets `key`, what counts first: for each layer its variable, then its entry in the file.
  func values(of key: String) -> [ConfigValue] {
    layers.flatMap { layer -> [ConfigValue] in
      var values: [ConfigValue] = []
      if let variable = file.environment.take(key, of: layer.path, table: layer.index) {
        values.append(ConfigValue(value: nil, text: variable.text, position: .variable(variable.name)))
      }
      if let entry = layer.content?[key] {
        let position = ConfigPosition(file.name, entry.position)
        values.append(ConfigValue(value: entry.value, text: nil, position: position))
      }
      return values
    }
  }

  /// Makes the key known to every layer, so that it is no unknown key there.
  func remember<Value>(
    _ key: String, type: String, allowed: String, fallback: KeyFallback<Value>, write: (Value) -> String, _ doc: String
  ) {
    var preset: String?
    var isRequired = false
    switch fallback {
    case .preset(let value): preset = write(value)
    case .required: isRequired = true
    case .optional: break
    }
    for layer in layers {
      let description = KeyDescription(
        table: file.opened[layer.index].header, key: key, type: type, preset: preset, isRequired: isRequired,
        allowed: allowed, doc: doc)
      file.opened[layer.index].remember(description)
    }
  }

  /// Reads one value; nil when it is not set or wrong, and then the mistake is recorded.
  func read<Value>(_ key: String, _ kind: KeyKind<Value>, _ fallback: KeyFallback<Value>, _ doc: String) -> Value? {
    remember(key, type: kind.type, allowed: kind.allowed, fallback: fallback, write: kind.write, doc)
    let value = value(of: key, kind, fallback)
    note(key, value ?? fallback.value, kind.write)
    return value
  }

  /// Notes what a key is set to.
  private func note<Value>(_ key: String, _ value: Value?, _ write: (Value) -> String) {
    let table = file.opened[layers[0].index].header
    file.settings.append(ConfigSetting(table: table, key: key, value: value.map(write)))
  }

  private func value<Value>(of key: String, _ kind: KeyKind<Value>, _ fallback: KeyFallback<Value>) -> Value? {
    let values = values(of: key)
    guard let first = values.first else {
      if case .required = fallback { reportMissing(key, kind.phrase) }
      return nil
    }
    guard let text = first.text, let change = kind.overlay(text) else { return checked(first, key, kind) }
    // The variable changes a part of what lies below it.
    var value: Value?
    if let below = values.dropFirst().first {
      value = checked(below, key, kind)
      if value == nil { return nil }
    } else if case .preset(let preset) = fallback {
      value = preset
    }
    return value.flatMap(change) ?? checked(first, key, kind)
  }

  private func checked<Value>(_ found: ConfigValue, _ key: String, _ kind: KeyKind<Value>) -> Value? {
    let content = found.value ?? KeyKind<Value>.value(of: found.text ?? "", as: kind.form)
    if let value = kind.parse(content) { return value }
    let complaint = kind.complaint(about: content, inVariable: found.value == nil)
    file.mistake(at: found.position, "'\(key)' must be \(complaint)")
    return nil
  }

  /// Reads a list of values, each with its place; nil when it is not set or not a list of `count` values. An element
  /// that is wrong is a mistake at its own place, and is left out.
  func readList<Value>(
    _ key: String, _ kind: KeyKind<Value>, count: ClosedRange<Int>, _ fallback: KeyFallback<[Value]>, _ doc: String
  ) -> [(value: Value, position: ConfigPosition)]? {
    func write(_ values: [Value]) -> String { "[" + values.map(kind.write).joined(separator: ", ") + "]" }
    remember(
      key, type: "list of \(kind.plural)", allowed: kind.allowed, fallback: fallback, write: write, doc)
    let values = list(of: key, kind, count: count, fallback)
    note(key, values?.map(\.value) ?? fallback.value, write)
    return values
  }

  private func list<Value>(
    of key: String, _ kind: KeyKind<Value>, count: ClosedRange<Int>, _ fallback: KeyFallback<[Value]>
  ) -> [(value: Value, position: ConfigPosition)]? {
    let phrase = "a list of \(bounds(count))\(kind.plural)"
    guard let first = values(of: key).first else {
      if case .required = fallback { reportMissing(key, phrase) }
      return nil
    }
    guard let elements = elements(first, kind) else {
      file.mistake(at: first.position, "'\(key)' must be \(phrase)\(first.value.map { "; found \(shown($0))" } ?? "")")
      return nil
    }
    guard count.contains(elements.count) else {
      file.mistake(at: first.position, "'\(key)' must be \(phrase); found \(elements.count)")
      return nil
    }
    return elements.compactMap { element in
      if let value = kind.parse(element.value) { return (value, element.position) }
      file.mistake(at: element.position, "each of '\(key)' must be \(kind.complaint(about: element.value))")
      return nil
    }
  }

  private func elements<Value>(
    _ found: ConfigValue, _ kind: KeyKind<Value>
  ) -> [(value: TOMLValue, position: ConfigPosition)]? {
    if let text = found.text {
      guard !text.isEmpty else { return [] }
      return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        (KeyKind<Value>.value(of: trimmed(part), as: kind.form), found.position)
      }
    }
    guard case .array(let elements) = found.value else { return nil }
    return elements.map { ($0.value, ConfigPosition(file.name, $0.position)) }
  }

  private func reportMissing(_ key: String, _ phrase: String) {
    // When something else stands in the table's place, that is the mistake.
    guard !layers.contains(where: \.isWrong) else { return }
    mistake("\(title) needs the key '\(key)': \(phrase)")
  }
}

/// `3...8`, `at least 3`, or `3` when it can be nothing else.
func rangeText(_ range: ClosedRange<Int>) -> String {
  if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
  return range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound)...\(range.upperBound)"
}

private func bounds(_ count: ClosedRange<Int>) -> String {
  guard count.lowerBound == 0 else { return rangeText(count) + " " }
  return count.upperBound == .max ? "" : "at most \(count.upperBound) "
}

private func trimmed(_ text: Substring) -> String {
  var text = text
  while text.first == " " { text.removeFirst() }
  while text.last == " " { text.removeLast() }
  return String(text)
}
