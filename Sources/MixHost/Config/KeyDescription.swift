/// What one key of a table is, as plain text: for `hearsay stages` and for the manual.
public struct KeyDescription: Hashable, Sendable {
  /// The table as a header writes it, such as `vrf_delay` or `chain.mix`.
  public let table: String
  /// The key.
  public let key: String
  /// `integer`, `float`, `boolean`, `string`, `word`, `size`, `address`, `path` or `hex`; `list of ...` around one.
  public let type: String
  /// The default as TOML text; nil for a required key, and for an optional one, which then is simply not set.
  public let preset: String?
  /// Whether the file must set it.
  public let isRequired: Bool
  /// The range or the words allowed, such as `1...60000` or `katzenpost, nym`; empty when any value of the type is.
  public let allowed: String
  /// One sentence for the operator.
  public let doc: String
}
