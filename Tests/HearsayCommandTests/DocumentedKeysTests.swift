import CoverTraffic
import Foundation
import Gossip
import MixHost
import Pool
import Relay
import Reputation
import Sphinx
import Testing
import VRFDelay

/// `plugins.toml` documents every key that the program reads, with its default, and no other key.
@Suite struct DocumentedKeysTests {
  struct Key: Hashable {
    let table: String
    let key: String
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The keys of a text, also those behind a '#', with what stands as their value.
  static func documented(_ text: String) -> [Key: (value: String, isDefault: Bool)] {
    var keys: [Key: (value: String, isDefault: Bool)] = [:]
    var table = ""
    for line in text.split(separator: "\n").map(String.init) {
      if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
        table = String(line[line.index(after: line.startIndex)..<end])
        continue
      }
      let isDefault = line.hasPrefix("# ")
      let body = isDefault ? String(line.dropFirst(2)) : line
      guard let match = body.wholeMatch(of: /([a-z0-9_]+) *= *([^#]+?) *(#.*)?/) else { continue }
      keys[Key(table: table, key: String(match.1))] = (String(match.2), isDefault)
    }
    return keys
  }

  /// What the code reads.
  static func read() -> [Key: KeyDescription] {
    var keys: [Key: KeyDescription] = [:]
    for entry in Registry([.sphinx, .vrfDelay, .pool, .coverTraffic, .reputation, .relay, .gossip]).keys() {
      for key in entry.keys {
        let table = key.table == "chain.NAME" ? "chain.relay" : key.table
        keys[Key(table: table, key: key.key)] = key
      }
    }
    // A plugin's own table has one key, which turns all its stages off.
    for plugin in ["relay", "vrf"] {
      let enabled = ConfigFile.keys(of: plugin) { $0.bool("enabled", default: true, "") }
      for key in enabled { keys[Key(table: plugin, key: key.key)] = key }
    }
    return keys
  }

  @Test func everyKeyIsDocumentedAndNoOther() throws {
    let text = try String(contentsOf: Self.root.appending(path: "plugins.toml"), encoding: .utf8)
    let documented = Self.documented(text)
    let read = Self.read()
    #expect(read.count > 40)
    for key in read.keys where documented[key] == nil { Issue.record("[\(key.table)] \(key.key) is not documented") }
    for (key, entry) in documented {
      guard let description = read[key] else {
        Issue.record("[\(key.table)] \(key.key) is documented, but no code reads it")
        continue
      }
      if entry.isDefault, let preset = description.preset {
        #expect(preset == entry.value, "[\(key.table)] \(key.key)")
      }
    }
  }

  @Test func theComparisonSeesWhatIsWrong() {
    let keys = Self.documented("[a]\nb = 1\n# c_d = \"x\" # why\n# no key here\n#e = 2\n[chain.x]\n# f = []\n")
    #expect(
      Set(keys.keys) == [Key(table: "a", key: "b"), Key(table: "a", key: "c_d"), Key(table: "chain.x", key: "f")])
    #expect(keys[Key(table: "a", key: "c_d")]?.value == "\"x\"")
  }
}
