public import MixHost

/// What `[echo]` says in `plugins.toml`.
public struct EchoConfig: Sendable {
  /// The largest packet that is sent back, in bytes; larger ones go to the chain's next forward stage.
  public let sizeMax: Int

  /// Reads the table. A wrong value is reported with its place, and the default stands in for it.
  public init(from table: inout ConfigTable) {
    sizeMax = table.int(
      "size_max", default: 65_536, in: 1...1_048_576,
      "largest packet that is sent back, in bytes; larger ones go to the next forward stage")
  }
}
