import Foundation
import Testing

private let valgrind = "/usr/bin/valgrind"
private let strip = "/usr/bin/strip"

private let canCount: Bool = {
  let processor = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
  return processor.contains(" avx2 ") && [valgrind, strip].allSatisfy(FileManager.default.isExecutableFile(atPath:))
}()

/// Instructions of a packet, counted by callgrind: a change that makes one dearer by a twentieth is seen, whatever else the
/// machine does. The figures are those of the tests' own build, which has probes in it, and of processors with AVX2, where libsodium has
/// code of its own; on others, and where valgrind is missing, nothing is counted.
@Suite(.enabled(if: canCount)) struct InstructionTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func threshold(_ name: String) throws -> Double {
    let file = root.appendingPathComponent("Benchmarks/Thresholds/instructions.json")
    let all = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    return try #require(all?[name] as? Double)
  }

  /// The program without what it says of its sources, which valgrind cannot read.
  private static func stripped() throws -> URL {
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
    let process = try Process.run(URL(fileURLWithPath: strip), arguments: ["-o", copy.path, Run.program.path])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return copy
  }

  private static func instructions(_ program: URL, _ name: String, _ count: Int) throws -> Double {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: valgrind)
    process.arguments = [
      "--tool=callgrind", "--callgrind-out-file=/dev/null", program.path, "instructions", name,
      "\(count)",
    ]
    process.standardError = errors
    try process.run()
    let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    let line = try #require(text.split(separator: "\n").last { $0.contains("Collected :") }, "\(text)")
    return try #require(line.split(separator: " ").last.flatMap { Double($0) })
  }

  /// What a packet more takes.
  private static func each(_ program: URL, _ name: String, _ few: Int, _ many: Int) throws -> Double {
    let (most, least) = (try instructions(program, name, many), try instructions(program, name, few))
    return (most - least) / Double(many - few)
  }

  @Test(arguments: [("unwrap", 64, 192), ("stages", 12_800, 38_400), ("plain", 12_800, 38_400)])
  func aPacketIsNotDearer(_ name: String, _ few: Int, _ many: Int) throws {
    let program = try Self.stripped()
    defer { try? FileManager.default.removeItem(at: program) }
    let each = try Self.each(program, name, few, many)
    let due = try Self.threshold(name)
    #expect(each < 1.05 * due, "\(name): \(Int(each)) instructions a packet, and \(Int(due)) are allowed for")
    #expect(
      each > 0.5 * due, "\(name): \(Int(each)) instructions a packet: the threshold is out of date, or nothing ran")
  }

  /// A stage that looks at every packet after every phase and counts it takes less than a hundredth of what a packet takes.
  @Test func lookingOnIsCheap() throws {
    let program = try Self.stripped()
    defer { try? FileManager.default.removeItem(at: program) }
    let alone = try Self.each(program, "sphinx", 64, 192)
    let observed = try Self.each(program, "observed", 64, 192)
    #expect(observed > alone && observed < 1.01 * alone, "\(Int(observed - alone)) of \(Int(alone)) instructions")
  }
}
