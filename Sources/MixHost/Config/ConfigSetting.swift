/// What one key of a configuration is set to, as text.
public struct ConfigSetting: Equatable, Sendable {
  /// The table, as a header writes it.
  public let table: String
  /// The key.
  public let key: String
  /// Its value, from the file, a variable or the default; nil where it is not set and has none.
  public let value: String?
}

/// What differs between the configuration that a node runs with and another one.
public struct ConfigDifference: Sendable {
  /// One key that is set to something else.
  public struct Change: Sendable, CustomStringConvertible {
    /// The table and the key: `links.ping_interval_ms`.
    public let name: String
    /// What it was and what it is to be.
    public let old: String?, new: String?
    /// True when a running node can take it over.
    public let isLive: Bool

    /// `links.ping_interval_ms: 1000 -> 500`.
    public var description: String { "\(name): \(old ?? "not set") -> \(new ?? "not set")" }
  }

  /// The changes, in the order of reading.
  public let changes: [Change]

  /// Compares two lists of settings. A key that only one of them has, such as those of a chain that is new, is a change too.
  public init(from old: [ConfigSetting], to new: [ConfigSetting]) {
    func name(_ setting: ConfigSetting) -> String { "\(setting.table).\(setting.key)" }
    let before = Dictionary(old.map { (name($0), $0) }) { first, _ in first }
    let after = Dictionary(new.map { (name($0), $0) }) { first, _ in first }
    func change(_ setting: ConfigSetting) -> Change {
      Change(
        name: name(setting), old: before[name(setting)]?.value, new: after[name(setting)]?.value,
        isLive: Self.isLive(setting))
    }
    let changed = new.filter { before[name($0)]?.value != $0.value || before[name($0)] == nil }
    let gone = old.filter { after[name($0)] == nil }
    changes = (changed + gone).map(change)
  }

  /// What a running node takes over: the times and limits of links, what is said, and who belongs to the network. The rest is
  /// made at the start.
  private static func isLive(_ setting: ConfigSetting) -> Bool {
    switch (setting.table, setting.key) {
    case ("links", "links_max"): false
    case ("links", _), ("log", "level"), ("pipeline", "target_throughput"), ("node", "network"): true
    default: false
    }
  }

  /// The changes for which the node must be started anew.
  public var needRestart: [Change] { changes.filter { !$0.isLive } }
}
