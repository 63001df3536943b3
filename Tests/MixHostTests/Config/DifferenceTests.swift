import Testing

@testable import MixHost

/// What a running node can take over of a new configuration.
@Suite struct DifferenceTests {
  private func settings(_ text: String, _ variables: [(String, String)] = []) -> [ConfigSetting] {
    let file = ConfigFile(text: text, environment: variables)
    NodeLoader.readHostTables(file, base: "")
    return file.settings
  }

  @Test func onlyWhatIsSetToSomethingElseIsAChange() {
    let old = settings("[links]\nping_interval_ms = 1000\n")
    #expect(ConfigDifference(from: old, to: settings("")).changes.isEmpty)
    let new = settings("[links]\nping_interval_ms = 20\n[log]\nlevel = \"debug\"\n")
    let difference = ConfigDifference(from: old, to: new)
    #expect(
      difference.changes.map(\.description).sorted() == [
        "links.ping_interval_ms: 1000 -> 20", #"log.level: "info" -> "debug""#,
      ])
    #expect(difference.needRestart.isEmpty)
  }

  @Test func variablesCount() {
    let difference = ConfigDifference(
      from: settings(""), to: settings("", [("HEARSAY_LINKS_PING_INTERVAL_MS", "30")]))
    #expect(difference.changes.map(\.name) == ["links.ping_interval_ms"])
  }

  @Test(arguments: [
    "[pipeline]\nworkers = 2", "[links]\nlinks_max = 9", "[node]\nname = \"b\"", "[mailbox]\nkeep_s = 9",
    "[status]\nlisten = \"unix:x\"", "[clients]\nlisten = \"127.0.0.1:1\"",
  ])
  func theRestNeedsAStart(_ text: String) {
    let difference = ConfigDifference(from: settings(""), to: settings(text))
    #expect(difference.needRestart.count == 1)
    #expect(ConfigDifference(from: settings(text), to: settings("")).needRestart.count == 1)
  }

  /// A key that only one of the two has, as those of a stage that is new.
  @Test func newAndOldKeysAreChanges() {
    let more = settings("") + [ConfigSetting(table: "pool", key: "batch", value: "3")]
    #expect(ConfigDifference(from: settings(""), to: more).needRestart.map(\.name) == ["pool.batch"])
    #expect(ConfigDifference(from: more, to: settings("")).needRestart.map(\.name) == ["pool.batch"])
    // One that is new and not set is a change as well: something reads it now.
    let unset = settings("") + [ConfigSetting(table: "pool", key: "batch", value: nil)]
    #expect(ConfigDifference(from: settings(""), to: unset).needRestart.count == 1)
  }
}
