import Foundation
import Testing

@testable import HearsaySim

/// The catalogue has exactly the points that are in the sources.
@Suite struct CatalogueTests {
  /// Every call of a probe: its kind and its name.
  private static func calls() throws -> [(kind: String, name: String)] {
    let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    let sources = root.appending(path: "Sources")
    let below = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    let files = (below?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    return try files.flatMap { file in
      try String(contentsOf: file, encoding: .utf8).matches(of: /Probe\.([a-z]+)\(\s*"([^"]+)"/)
        .map { (String($0.1), String($0.2)) }
    }
  }

  @Test func everyPointIsListed() throws {
    let found = try Self.calls().map { "\($0.kind) \($0.name)" }.sorted()
    #expect(found == ProbePoint.all.map { "\($0.kind.rawValue) \($0.name)" }.sorted())
    #expect(found.count > 50)
  }

  @Test func everyNameStandsInOnePlace() throws {
    let names = try Self.calls().map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// What is expected of a sweep grows with its length.
  @Test func mistakesAndTheUnreachableAreNeverExpected() {
    #expect(Expectation.all.points().allSatisfy { $0.kind != .planted && $0.kind != .unreachable })
    #expect(Expectation.often.points().count < Expectation.all.points().count)
    #expect(Expectation.none.points().isEmpty)
    #expect(ProbePoint.all.count { $0.kind == .planted } >= 10)
  }
}
