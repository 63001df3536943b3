extension ConfigTable {
  /// A string whose length in bytes is in `length`.
  public func string(
    _ key: String, default preset: String, length: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> String {
    read(key, .string(length), .preset(preset), doc) ?? preset
  }

  /// A string, or nil when it is not set.
  public func string(_ key: String, length: ClosedRange<Int> = 0 ... .max, _ doc: String) -> String? {
    read(key, .string(length), .optional, doc)
  }

  /// A string that must be set; `standIn` is returned with the mistake.
  public func string(
    _ key: String, required standIn: String, length: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> String {
    read(key, .string(length), .required, doc) ?? standIn
  }

  /// One of `words`.
  public func choice(_ key: String, default preset: String, of words: [String], _ doc: String) -> String {
    read(key, .choice(words, value: \.self, word: \.self), .preset(preset), doc) ?? preset
  }

  /// One of `words`, or nil when it is not set.
  public func choice(_ key: String, of words: [String], _ doc: String) -> String? {
    read(key, .choice(words, value: \.self, word: \.self), .optional, doc)
  }

  /// One of `words` that must be set; `standIn` is returned with the mistake.
  public func choice(_ key: String, required standIn: String, of words: [String], _ doc: String) -> String {
    read(key, .choice(words, value: \.self, word: \.self), .required, doc) ?? standIn
  }

  /// A case of an enum, by its raw value.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, default preset: Choice, _ doc: String
  ) -> Choice {
    read(key, .choice(), .preset(preset), doc) ?? preset
  }

  /// A case of an enum, by its raw value, or nil when it is not set.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: Choice.Type, _ doc: String
  ) -> Choice? {
    read(key, .choice(), .optional, doc)
  }

  /// A case of an enum that must be set; `standIn` is returned with the mistake.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, required standIn: Choice, _ doc: String
  ) -> Choice {
    read(key, .choice(), .required, doc) ?? standIn
  }

  /// The path of a file or folder, as it is written: whoever opens it says what it is relative to.
  public func path(_ key: String, default preset: String, _ doc: String) -> String {
    read(key, .path, .preset(preset), doc) ?? preset
  }

  /// The path of a file or folder, or nil when it is not set.
  public func path(_ key: String, _ doc: String) -> String? { read(key, .path, .optional, doc) }

  /// The path of a file or folder that must be set; `standIn` is returned with the mistake.
  public func path(_ key: String, required standIn: String, _ doc: String) -> String {
    read(key, .path, .required, doc) ?? standIn
  }

  /// Exactly `count` bytes in hexadecimal digits, or nil when it is not set. Messages never show the value.
  public func bytes(_ key: String, count: Int, _ doc: String) -> [UInt8]? {
    read(key, .hex(count), .optional, doc)
  }

  /// Exactly `count` bytes in hexadecimal digits that must be set; zeros are returned with the mistake.
  public func requiredBytes(_ key: String, count: Int, _ doc: String) -> [UInt8] {
    read(key, .hex(count), .required, doc) ?? [UInt8](repeating: 0, count: count)
  }
}

extension KeyKind where Value: CaseIterable & RawRepresentable<String> {
  static func choice() -> KeyKind {
    .choice(Value.allCases.map(\.rawValue), value: { Value(rawValue: $0) }, word: { $0.rawValue })
  }
}
