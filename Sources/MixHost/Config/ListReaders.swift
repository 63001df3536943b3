extension ConfigTable {
  /// A list of `count` strings. In a variable they are separated by commas; an empty one is the empty list.
  public func strings(
    _ key: String, default preset: [String] = [], count: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> [String] {
    readList(key, .string(0 ... .max), count: count, .preset(preset), doc)?.map(\.value) ?? preset
  }

  /// A list of `count` strings that must be set; the empty list is returned with the mistake.
  public func requiredStrings(_ key: String, count: ClosedRange<Int> = 1 ... .max, _ doc: String) -> [String] {
    readList(key, .string(0 ... .max), count: count, .required, doc)?.map(\.value) ?? []
  }

  /// A list of `count` strings with the place of each, for checks that only the reader can make.
  public func items(
    _ key: String, default preset: [String] = [], count: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> [ConfigItem] {
    let found = readList(key, .string(0 ... .max), count: count, .preset(preset), doc)
    return found?.map { ConfigItem(text: $0.value, position: $0.position) }
      ?? preset.map { ConfigItem(text: $0, position: position) }
  }

  /// A list of cases of an enum, by their raw values.
  public func choices<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, default preset: [Choice], count: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> [Choice] {
    readList(key, .choice(), count: count, .preset(preset), doc)?.map(\.value) ?? preset
  }
}
