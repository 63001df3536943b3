internal import TOML

/// A table of the configuration, lent to whoever reads its keys.
///
/// A config is read in an initialiser that asks for every key with its default, its range and one sentence:
/// ```swift
/// public struct VRFDelayConfig: Sendable {
///   let meanMS: Int
///   public init(from t: inout ConfigTable) {
///     meanMS = t.int("mean_ms", default: 50, in: 1...60_000, "mean of the delay that a packet gets here")
///   }
/// }
/// ```
/// A reader never throws: a wrong value is recorded in the file's list of mistakes, and the default is returned. A key
/// with `default:` is always there; one with `required:` must be set, and the value given stands in for it after the
/// mistake; one with neither is optional, and nil when it is not set. Two readers may read the same table.
public struct ConfigTable {
  /// The file that the table belongs to.
  public let file: ConfigFile
  /// The name in a word: `vrf_delay`, `pool/fast`, or `mix` for `[chain.mix]`.
  public let name: String
  /// Whether the file has the table, or the base that it lies over.
  public var exists: Bool { layers.contains { $0.content != nil } }
  /// Whether it is there for its own sake, and not only for the tables inside of it.
  var standsForItself: Bool {
    layers.contains { layer in
      guard let entries = layer.content?.entries else { return false }
      return entries.isEmpty || entries.contains { if case .table = $0.value { false } else { true } }
    }
  }
  /// Where its header stands; the start of the file when it has none.
  public let position: ConfigPosition

  /// The instance first, then the base that it lies over.
  let layers: [Layer]

  struct Layer {
    /// The table's number in the file's list.
    let index: Int
    let path: [String]
    let content: TOMLTable?
    /// Whether the file has something else in its place.
    let isWrong: Bool
  }

  init(_ file: ConfigFile, name: String, paths: [[String]], as kind: ConfigTableKind) {
    self.file = file
    self.name = name
    let found = paths.map { file.find($0) }
    layers = zip(paths, found).map { path, found in
      Layer(
        index: file.open(path, as: kind), path: path, content: found?.table,
        isWrong: found != nil && found?.table == nil)
    }
    position = found.lazy.compactMap { $0?.position }.first ?? file.start
  }

  /// How messages name the table: `stage 'pool/fast'`.
  public var title: String { file.opened[layers[0].index].title }

  /// Whether the file or a variable sets `key`.
  public func isSet(_ key: String) -> Bool { !values(of: key).isEmpty }

  /// Where the value of `key` stands: in the file or in a variable; where the table does when it is not set.
  public func position(of key: String) -> ConfigPosition { values(of: key).first?.position ?? position }

  /// Records a mistake about the value of `key`, such as a check against another key.
  public func mistake(at key: String, _ sentence: String) { file.mistake(at: position(of: key), sentence) }

  /// Records a mistake about the table as a whole.
  public func mistake(_ sentence: String) { file.mistake(at: position, sentence) }

  /// The table `name` inside of this one.
  public func table(_ name: String) -> ConfigTable {
    ConfigTable(file, name: "\(self.name).\(name)", paths: layers.map { $0.path + [name] }, as: .table)
  }
}

extension ConfigFile {
  /// The table of that name, which counts as known from now on, whether the file has it or not.
  ///
  /// - Parameters:
  ///   - name: `node`, `chain.mix`, or `pool/fast`, which reads `[pool.fast]` over `[pool]`.
  ///   - kind: how messages name it.
  public func table(_ name: String, as kind: ConfigTableKind = .table) -> ConfigTable {
    let path = ConfigPath(name)
    let paths = path.instance == nil ? [path.base] : [path.segments, path.base]
    return ConfigTable(self, name: name, paths: paths, as: kind)
  }

  /// The tables inside of the table `name`, in the order of the file: the chains of `chain`. Each is named by its last
  /// word alone. Anything else inside of it is a mistake.
  public func instances(of name: String, as kind: ConfigTableKind = .chain) -> [ConfigTable] {
    let path = ConfigPath(name).segments
    opened[open(path, as: .table)].isContainer = true
    return (find(path)?.table?.entries ?? []).compactMap { entry in
      guard case .table = entry.value else { return nil }
      return ConfigTable(self, name: entry.key, paths: [path + [entry.key]], as: kind)
    }
  }
}
