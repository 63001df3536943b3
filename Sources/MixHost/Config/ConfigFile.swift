internal import TOML

/// A node's configuration: the text of `plugins.toml` with the environment on top, and every mistake in it.
///
/// Reading never throws. A text that is not TOML, a wrong value, a key that nobody asks for: each becomes a
/// ``ConfigMistake``, and the reader gets the default, so that all mistakes of a file come out at once:
/// ```swift
/// let file = ConfigFile(text: text, environment: variables)
/// var table = file.table("vrf_delay", as: .stage)
/// let config = VRFDelayConfig(from: &table)
/// file.finish()
/// for mistake in file.mistakes { print(mistake) }
/// ```
/// It belongs to the thread that loads the node; what is read from it crosses threads, it does not.
public final class ConfigFile {
  /// The file's name as messages show it.
  public let name: String
  /// Whether the text is no TOML. That is then the only mistake: what else seems wrong follows from it.
  public private(set) var isBroken = false

  let root: TOMLTable
  var environment: ConfigEnvironment
  var opened: [OpenTable] = []
  /// What every key that was read is set to, in the order of reading; a key that is read twice comes twice.
  public internal(set) var settings: [ConfigSetting] = []
  private var found: [ConfigMistake] = []
  private var seen: Set<ConfigMistake> = []  // asked for membership only

  /// Reads a text.
  ///
  /// - Parameters:
  ///   - text: TOML 1.0, at most 2 MiB.
  ///   - name: the file's name for messages.
  ///   - environment: the process's variables; those that begin with `HEARSAY_` must each fit a key.
  ///   - shortNames: variables with other names, and the keys that they set.
  public init(
    text: String, name: String = "plugins.toml", environment: [(String, String)] = [], shortNames: [ShortName] = []
  ) {
    self.name = name
    self.environment = ConfigEnvironment(environment, shortNames)
    do {
      root = try TOMLTable(parsing: text)
    } catch {
      root = TOMLTable()
      mistake(at: ConfigPosition(name, error.position), "not TOML: \(error.message)")
      isBroken = true
    }
  }

  /// All mistakes so far, in the order of the file, then of the variables' names.
  public var mistakes: [ConfigMistake] {
    // Not all sorts of the library keep equals in order: the number does.
    found.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
  }

  /// Records a mistake; the same one a second time is ignored, and so is each one after a syntax error.
  /// The sentence may quote what the file says: it is made fit for one line.
  public func mistake(at position: ConfigPosition, _ sentence: String) {
    let mistake = ConfigMistake(position: position, sentence: TOMLText.oneLine(sentence))
    if !isBroken && seen.insert(mistake).inserted { found.append(mistake) }
  }

  /// The first place of the file, for mistakes about what is not in it.
  public var start: ConfigPosition { .file(name, line: 1, column: 1) }

  /// Lets the variable `name` set a key, as the list given to the initialiser does; for keys whose table is known only
  /// once the file is read, such as the first chain's. Call it before the table is read.
  public func shortName(_ name: String, sets key: String, in table: String) {
    environment.add(ShortName(name, sets: key, in: table))
  }

  /// What is known of every key that was read so far: table by table, in the order of reading.
  public var keys: [KeyDescription] { opened.flatMap(\.keys) }

  /// The keys that `read` asks for, as they are with an empty file: their types, defaults, ranges and sentences.
  public static func keys<Config>(
    of table: String, _ read: (inout ConfigTable) throws -> Config
  ) rethrows -> [KeyDescription] {
    let file = ConfigFile(text: "")
    var table = file.table(table)
    _ = try read(&table)
    return file.keys
  }
}
