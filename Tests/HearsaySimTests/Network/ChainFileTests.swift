import Foundation
import SimNet
import Testing

@testable import HearsaySim

/// The nodes' chains come from a file.
@Suite struct ChainFileTests {
  private func file(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("chain-\(UUID().uuidString).toml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func run(_ words: [String]) -> (code: Int32, out: String, notes: String) {
    var (out, notes): ([String], [String]) = ([], [])
    let code = HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { notes.append($0) })
    return (code, out.joined(separator: "\n"), notes.joined(separator: "\n"))
  }

  private static let chain = """
    [chain.onion]
    decode = ["sphinx"]
    verify = ["replay"]
    delay = ["sphinx_delay"]
    forward = ["next_hop"]

    [sphinx_delay]
    max_ms = 1

    [next_hop]
    services = ["echo", "sink"]
    """

  @Test func itsStagesAreUsed() throws {
    let path = try file(Self.chain)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let words = ["run", "--seed", "4", "--nodes", "3", "--seconds", "4", "--faults", "none", "--crypto", "stub"]
    let (code, out, notes) = run(words + ["--chain", path, "--json"])
    #expect(code == 0, "\(out) \(notes)")
    #expect(out.contains("--chain \(path)"))
    // Another chain, another run.
    let usual = RunSettings(seed: 4, nodes: 3, seconds: 4, faults: .named([]), crypto: .stub)
    var other = usual
    other.chain = try ChainFile(reading: path, crypto: .stub)
    let both = [usual, other].map { SimRun($0).run() }
    #expect(both.allSatisfy { $0.violations.isEmpty && $0.answered == $0.asked })
    #expect(both[0].hashText != both[1].hashText)
  }

  /// Nodes have a key for proofs where a file's chain makes some, and keep their epochs through faults.
  @Test(arguments: [["--faults", "none"], []]) func delaysThatCanBeAudited(faults: [String]) throws {
    let text = Self.chain.replacingOccurrences(of: "\"sphinx_delay\"", with: "\"vrf_delay\"")
      .replacingOccurrences(of: "[sphinx_delay]", with: "[vrf_delay]\nmean_ms = 1\nepoch_s = 1")
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let words = ["run", "--seed", "4", "--nodes", "3", "--seconds", "4", "--crypto", "stub"] + faults
    let runs = (0..<2).map { _ in run(words + ["--chain", path, "--json"]) }
    for (code, out, notes) in runs { #expect(code == 0, "\(out) \(notes)") }
    let hashes = runs.map { $0.out.firstMatch(of: /"hash":"([0-9a-f]+)"/).map { String($0.1) } }
    #expect(hashes[0] != nil && hashes[0] == hashes[1])
  }

  /// A second chain that listens, and a socket for datagrams, are doors too: what is quiet has no more sockets.
  @Test(arguments: ["[chain.spare]", "datagrams = \"127.0.0.1:9\""])
  func moreDoorsAreCounted(_ more: String) throws {
    let stages = Self.chain.split(separator: "\n\n", maxSplits: 1)
    let text =
      more.hasPrefix("[")
      ? Self.chain + "\n" + stages[0].replacingOccurrences(of: "[chain.onion]", with: more)
      : Self.chain.replacingOccurrences(of: "[chain.onion]", with: "[chain.onion]\n" + more)
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var settings = RunSettings(seed: 4, nodes: 3, seconds: 4, faults: .named([]), crypto: .stub)
    settings.chain = try ChainFile(reading: path, crypto: .stub)
    let run = SimRun(settings)
    let outcome = run.run()
    #expect(outcome.violations.isEmpty && outcome.answered == outcome.asked, "\(outcome.text)")
    #expect(run.nodes.allSatisfy { $0.doors == 3 })
  }

  @Test func mistakesAreToldAsTheLoaderTellsThem() throws {
    let path = try file(Self.chain.replacingOccurrences(of: "max_ms", with: "max_msec"))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (code, out, notes) = run(["run", "--seed", "4", "--chain", path])
    #expect(code == 2 && out.isEmpty)
    #expect(notes.hasPrefix("\(path):8:1: stage 'sphinx_delay' has no key 'max_msec'; did you mean 'max_ms'?"))
    #expect(run(["sweep", "--seeds", "1..2", "--chain", "/no/such/file"]).code == 2)
  }

  /// The clients speak Sphinx and ask for two services: a file without them is wrong, and not a network that fails.
  @Test func whatTheClientsNeedMustBeThere() throws {
    let noSink = Self.chain.replacingOccurrences(of: #", "sink""#, with: "")
    let plain = "[chain.relay]\ndecode = [\"plain\"]\nforward = [\"circuit\"]\n[circuit]\nnext = \"127.0.0.1:9\"\n"
    for (text, word) in [(noSink, "'sink'"), (plain, "must take Sphinx packets")] {
      let path = try file(text)
      defer { try? FileManager.default.removeItem(atPath: path) }
      let (code, out, notes) = run(["run", "--seed", "4", "--faults", "none", "--chain", path])
      #expect(code == 2, "\(out) \(notes)")
      #expect(notes.contains(word), "\(notes)")
    }
  }

  @Test func familiesOfDisksMayBeNamedForAFile() throws {
    let path = try file(Self.chain)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let words = ["run", "--seed", "4", "--nodes", "3", "--seconds", "4", "--crypto", "stub"]
    #expect(run(words + ["--faults", "segment,disk_none", "--chain", path]).code == 2)
    #expect(run(words + ["--faults", "segment,reorder"]).code == 2)
    #expect(run(words + ["--faults", "segment,reorder", "--chain", path]).code == 0)
  }

  /// A file service of a file has the disk at work, and its faults among the usual ones.
  @Test func disksOfAFileAreStruck() throws {
    let path = try file(Self.chain.replacingOccurrences(of: #""sink"]"#, with: #""sink", "store=file:there"]"#))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var settings = RunSettings(seed: 4, nodes: 3, seconds: 24, faults: .named(RunSettings.disks), crypto: .stub)
    settings.chain = try ChainFile(reading: path, crypto: .stub)
    let run = SimRun(settings)
    let outcome = run.run()
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.faults.contains { $0.name.hasPrefix("disk_") } && outcome.disks.stored > 10)
    #expect(run.nodes.contains { $0.host.disk.paths.contains { $0.hasPrefix("/node/state/there/") } })
    settings.faults = .usual
    #expect(settings.plan.families.contains(.diskTorn))
    settings.chain = try ChainFile(reading: try file(Self.chain), crypto: .stub)
    #expect(!settings.plan.families.contains(.diskTorn))
  }
}
