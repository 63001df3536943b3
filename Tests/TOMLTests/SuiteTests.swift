import Foundation
import TOML
import Testing

/// The TOML 1.0 list of toml-lang/toml-test: what every valid file means, and that every invalid one is refused.
@Suite struct SuiteTests {
  @Test func everyValidFileGivesTheExpectedTree() throws {
    let files = try Vectors.files(under: "valid")
    #expect(files.count == 210)
    for file in files {
      let bytes = try Vectors.bytes(file)
      do {
        let expected = try JSONSerialization.jsonObject(with: Data(Vectors.bytes(file.dropLast(5) + ".json")))
        let found = Tagged.value(.table(try TOMLTable(parsing: bytes)))
        #expect(Tagged.same(found, expected), "\(file): \(found)")
      } catch let error as TOMLError {
        Issue.record("\(file):\(error)")
      }
    }
  }

  @Test func everyInvalidFileIsAnErrorWithAPlace() throws {
    let files = try Vectors.files(under: "invalid")
    #expect(files.count == 499)
    for file in files {
      let bytes = try Vectors.bytes(file)
      let error = #expect(throws: TOMLError.self, "\(file)") { try TOMLTable(parsing: bytes) }
      guard let error else { continue }
      let lines = bytes.count { $0 == 0x0a } + 1
      #expect((1...lines).contains(error.position.line) && error.position.column >= 1, "\(file):\(error)")
      #expect(!error.message.isEmpty && error.message.utf8.count < 1000)
    }
  }
}

enum Vectors {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Vectors/toml-test")

  /// The TOML files below a folder, sorted, as paths inside the suite.
  static func files(under name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: name).path)
      .filter { $0.hasSuffix(".toml") }.sorted().map { "\(name)/\($0)" }
  }

  static func bytes(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: file))) }
}

/// The suite's own notation: tables and arrays as in JSON, a scalar as `{"type": ..., "value": "..."}`.
enum Tagged {
  static func value(_ value: TOMLValue) -> Any {
    switch value {
    case .table(let table):
      Dictionary(uniqueKeysWithValues: table.entries.map { ($0.key, Self.value($0.value)) })
    case .array(let elements): elements.map { Self.value($0.value) }
    case .string(let text): scalar("string", text)
    case .integer(let number): scalar("integer", "\(number)")
    case .float(let number): scalar("float", TOMLText.float(number))
    case .boolean(let flag): scalar("bool", "\(flag)")
    case .moment(let moment): scalar(type(of: moment), moment.description)
    }
  }

  private static func scalar(_ type: String, _ value: String) -> Any { ["type": type, "value": value] }

  private static func type(of moment: TOMLMoment) -> String {
    if moment.offsetMinutes != nil { return "datetime" }
    guard moment.time != nil else { return "date-local" }
    return moment.date == nil ? "time-local" : "datetime-local"
  }

  /// Compares by meaning: floats as numbers, fractions of a second without their last zeros.
  static func same(_ a: Any, _ b: Any) -> Bool {
    if let a = a as? [Any], let b = b as? [Any] { return a.count == b.count && zip(a, b).allSatisfy(same) }
    guard let a = a as? [String: Any], let b = b as? [String: Any], a.count == b.count else { return false }
    if let type = a["type"] as? String, let x = a["value"] as? String, let y = b["value"] as? String {
      return type == b["type"] as? String && same(type, x, y)
    }
    return a.allSatisfy { key, value in b[key].map { same(value, $0) } ?? false }
  }

  private static func same(_ type: String, _ x: String, _ y: String) -> Bool {
    switch type {
    case "float": x == y || Double(x) == Double(y)
    case "string": Array(x.utf8) == Array(y.utf8)
    default: x == y || x == y.replacing(/(\.\d*?)0+(?=\D|$)/) { "\($0.output.1)" }.replacing(/\.(?=\D|$)/, with: "")
    }
  }
}
