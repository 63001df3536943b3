import TOML
import Testing

@Suite struct TextTests {
  @Test func writtenStringsAreReadBack() throws {
    for text in ["", "plain", "a\"b\\c", "tab\tline\nreturn\r", "\u{0}\u{1b}\u{7f}\u{85}\u{202e}", "grüße 😀"] {
      let written = TOMLText.quoted(text)
      #expect(!written.unicodeScalars.contains { $0.value < 0x20 })
      #expect(try TOMLTable(parsing: "a = \(written)")["a"]?.value == .string(text))
    }
    #expect(TOMLText.quoted("\u{1b}[0m\u{e0001}") == "\"\\u001B[0m\\U000E0001\"")
  }

  @Test func keysAreQuotedWhenTheyMust() {
    #expect(["a", "A-9_", "", "a.b", "ü"].map(TOMLText.key) == ["a", "A-9_", "\"\"", "\"a.b\"", "\"ü\""])
  }

  @Test func floatsAreReadBack() throws {
    for number in [0.5, 1, -0.0, 1e300, .leastNormalMagnitude, .infinity, -.infinity] {
      #expect(try TOMLTable(parsing: "a = \(TOMLText.float(number))")["a"]?.value == .float(number))
    }
    #expect(TOMLText.float(.nan) == "nan")
  }

  @Test(arguments: [
    "1979-05-27", "07:32:00", "07:32:00.5", "1979-05-27T07:32:00", "1979-05-27T07:32:00.123456789Z",
    "0001-01-01T00:00:00-07:30", "9999-12-31T23:59:59+14:00",
  ])
  func momentsAreReadBack(_ text: String) throws {
    guard case .moment(let moment) = try TOMLTable(parsing: "a = \(text)")["a"]?.value else {
      Issue.record("no moment")
      return
    }
    #expect(moment.description == text)
  }
}
