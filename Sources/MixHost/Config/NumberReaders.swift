public import MixNet

extension ConfigTable {
  /// An integer in `range`.
  public func int(
    _ key: String, default preset: Int, in range: ClosedRange<Int> = .min ... .max, _ doc: String
  ) -> Int {
    read(key, .integer(range), .preset(preset), doc) ?? preset
  }

  /// An integer in `range`, or nil when it is not set.
  public func int(_ key: String, in range: ClosedRange<Int> = .min ... .max, _ doc: String) -> Int? {
    read(key, .integer(range), .optional, doc)
  }

  /// An integer in `range` that must be set; `standIn` is returned with the mistake.
  public func int(
    _ key: String, required standIn: Int, in range: ClosedRange<Int> = .min ... .max, _ doc: String
  ) -> Int {
    read(key, .integer(range), .required, doc) ?? standIn
  }

  /// A number in `range`; an integer will do. Infinities and NaN are in no range.
  public func float(
    _ key: String, default preset: Double,
    in range: ClosedRange<Double> = -(.greatestFiniteMagnitude) ... .greatestFiniteMagnitude, _ doc: String
  ) -> Double {
    read(key, .float(range), .preset(preset), doc) ?? preset
  }

  /// A number in `range`, or nil when it is not set.
  public func float(
    _ key: String, in range: ClosedRange<Double> = -(.greatestFiniteMagnitude) ... .greatestFiniteMagnitude,
    _ doc: String
  ) -> Double? {
    read(key, .float(range), .optional, doc)
  }

  /// `true` or `false`.
  public func bool(_ key: String, default preset: Bool, _ doc: String) -> Bool {
    read(key, .boolean, .preset(preset), doc) ?? preset
  }

  /// `true` or `false`, or nil when it is not set.
  public func bool(_ key: String, _ doc: String) -> Bool? { read(key, .boolean, .optional, doc) }

  /// A length of time, written as an integer of milliseconds in `range`; the key should end in `_ms`.
  public func milliseconds(
    _ key: String, default preset: Int, in range: ClosedRange<Int>, _ doc: String
  ) -> Nanos {
    .ms(UInt64(max(0, int(key, default: preset, in: range, doc))))
  }

  /// A length of time, written as an integer of seconds in `range`; the key should end in `_s`.
  public func seconds(_ key: String, default preset: Int, in range: ClosedRange<Int>, _ doc: String) -> Nanos {
    .s(UInt64(max(0, int(key, default: preset, in: range, doc))))
  }

  /// A number of bytes in `range`: an integer, or a string with a unit such as `"64 KiB"` (KiB, MiB, GiB).
  public func size(
    _ key: String, default preset: Int, in range: ClosedRange<Int>, _ doc: String
  ) -> Int {
    read(key, .size(range), .preset(preset), doc) ?? preset
  }

  /// A number of bytes in `range`, or nil when it is not set.
  public func size(_ key: String, in range: ClosedRange<Int>, _ doc: String) -> Int? {
    read(key, .size(range), .optional, doc)
  }
}
