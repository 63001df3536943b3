import MixNet
import Testing

@testable import HearsayCommand
@testable import VRFDelay

/// What a client reads of nodes' choices, and the routes that it then takes.
@Suite struct PeerLinesTests {
  /// Nine nodes in three layers, each of which chooses two in the next.
  private struct Town {
    let folder: Folder
    let keys = (0..<9).map { number in
      var random = RandomStream(seed: Seed(UInt64(number) + 1))
      return VRFSecretKey(random: &random)
    }
    let directory: NetworkDirectory
    var rules = PeerRules(chain: "mix", epochSeconds: 100, peers: 2, among: .nextLayer, weighting: .equal)
    static let epoch: UInt64 = 17_000_000

    init() throws {
      folder = try Folder()
      directory = NetworkDirectory(
        nodes: keys.enumerated().map { number, key in
          NetworkDirectory.Node(
            name: "mix-\(number + 1)", layer: number % 3, address: Bytes32([UInt8(number), 1]),
            chains: [("mix", .loopback(port: UInt16(number) + 1))], clients: .loopback(port: UInt16(number) + 100),
            keys: [.init(purpose: "vrf", bytes: key.publicKey.bytes, from: 0, until: .max)])
        })
    }

    func line(_ number: Int, _ epoch: UInt64 = epoch, rules: PeerRules? = nil) throws -> String {
      let (rules, own) = (rules ?? self.rules, directory.nodes[number].address)
      let choice = try #require(
        PeerChoice(keys[number], rules, epoch: epoch, in: PeerList(directory, chain: "mix"), own: own))
      return PeerNotice(choice.claim, rules, keys[number].publicKey, own).text
    }

    func lines(_ epoch: UInt64 = epoch) throws -> [String] { try (0..<9).map { try line($0, epoch) } }

    /// What is read of some lines, so many seconds after the epoch has begun.
    func read(_ lines: [String], at seconds: Int64 = 50) throws -> PeerLines {
      try folder.write("peers", Array(lines.map { $0 + "\n" }.joined().utf8))
      return try PeerLines([folder.path + "/peers"], directory, at: wall(seconds))
    }

    func wall(_ seconds: Int64) -> WallTime { WallTime(ns: (Int64(Self.epoch) * 100 + seconds) * 1_000_000_000) }

    func mistake(_ lines: [String]) throws -> String? {
      do { _ = try read(lines) } catch let mistake as PeerLines.Mistake {
        return mistake.sentence.replacing(folder.path + "/", with: "")
      }
      return nil
    }

    func chosen(_ number: Int, _ epoch: UInt64 = epoch) throws -> [Int] {
      let own = directory.nodes[number].address
      let list = PeerList(directory, chain: "mix")
      let choice = try #require(PeerChoice(keys[number], rules, epoch: epoch, in: list, own: own))
      return choice.peers.compactMap { peer in directory.nodes.firstIndex { $0.address == peer } }
    }

    func planner(_ lines: PeerLines?) throws -> RoutePlanner { try RoutePlanner(directory, at: wall(0), by: lines) }
  }

  /// A planner with randomness of its own.
  private final class Drawer {
    let planner: RoutePlanner
    private var random = RandomStream(seed: Seed(7))

    init(_ planner: RoutePlanner) { self.planner = planner }

    func route(from first: Int? = nil, to last: Int? = nil, behind: Int? = nil) -> [Int]? {
      planner.route(from: first, to: last, behind: behind, &random)
    }
    func ends(_ ends: RoutePlanner.Ends) -> (entry: Int, home: Int)? { planner.ends(ends, &random) }
    func exit(from entry: Int, answeringTo home: Int) -> Int? {
      planner.exit(from: entry, answeringTo: home, &random)
    }
  }

  @Test func linesTellWhomNodesChose() throws {
    let town = try Town()
    let lines = try town.read(town.lines())
    #expect(lines.known == 9 && lines.notes == [])
    let all = try (0..<9).map { try town.chosen($0) }
    #expect(lines.choices == all)
    #expect(lines.fresh == town.wall(100) && lines.usable == town.wall(105))
    // Of two lines of a node the later epoch's counts, in any order.
    let border = try town.read([town.line(0, Town.epoch + 1), town.line(0), town.line(3)], at: 99)
    #expect(border.known == 2 && border.choices[3] == all[3] && border.fresh == town.wall(100))
    #expect(try border.choices[0] == town.chosen(0, Town.epoch + 1))
  }

  @Test func otherEpochsArePassedOver() throws {
    let town = try Town()
    let (old, now) = (try town.line(0, Town.epoch - 3), try town.line(1))
    let lines = try town.read([old, "", now])
    #expect(try lines.known == 1 && lines.choices[0] == [] && lines.choices[1] == town.chosen(1))
    #expect(lines.notes.count == 1 && lines.notes[0].hasSuffix("line 1 is passed over: its epoch ended 250 s ago"))
    for (seconds, known) in [(-6, 0), (-5, 1), (0, 1), (99, 1), (104, 1), (105, 0)] as [(Int64, Int)] {
      #expect(try town.read([now], at: seconds).known == known, "\(seconds)")
    }
    #expect(try town.read([now], at: -7).notes[0].hasSuffix("its epoch begins in 7 s"))
    // What a node said long ago, by rules of then, is no mistake in those of now.
    let former = PeerRules(chain: "mix", epochSeconds: 50, peers: 1, among: .all, weighting: .equal)
    let relic = try town.line(0, Town.epoch * 2 - 9, rules: former)
    #expect(try town.read([relic, now]).known == 1)
    // No number in a line traps.
    for epoch in ["18446744073709551615", "92233720368", "92233719", "0"] {
      let wild = now.replacing("\"epoch\":\(Town.epoch)", with: "\"epoch\":\(epoch)")
      #expect(try town.read([wild]).known == 0)
    }
  }

  @Test func wrongLinesAreTold() throws {
    let town = try Town()
    let lines = try town.lines()
    #expect(try town.mistake([lines[0], "hello"])?.hasPrefix("peers line 2: the line is no JSON") == true)
    #expect(try town.mistake(["{}"])?.hasPrefix("peers line 1: 'chain' is missing") == true)
    let forged = lines[1].replacing(
      town.directory.nodes[1].address.description, with: town.directory.nodes[4].address.description)
    #expect(
      try town.mistake([lines[0], forged]) == "peers line 2: the proof is not that of the node for these words")
    let stranger = lines[1].replacing(town.directory.nodes[1].address.description, with: Bytes32([9]).description)
    #expect(
      try town.mistake([stranger])
        == "peers line 1: the network file has no such node, or lists another key of it for the epoch")
    let proofs = lines.map { String($0.suffix(162).prefix(160)) }
    #expect(
      try town.mistake([lines[0].replacing(proofs[0], with: proofs[1])])
        == "peers line 1: the proof is not that of the node for these words")
    let list = PeerList(town.directory, chain: "mix").hash.description
    #expect(
      try town.mistake([lines[0].replacing(list, with: Bytes32([9]).description)])
        == "peers line 1: the node chose from another list of nodes than the network file's")
    var other = town.rules
    other = PeerRules(chain: "mix", epochSeconds: 100, peers: 3, among: .nextLayer, weighting: other.weighting)
    #expect(
      try town.mistake([lines[0], town.line(1, rules: other)])?.contains("line 2: the node has other rules") == true)
    #expect(try town.mistake(["1", "2", "3", "4", "5"])?.hasSuffix("; and 2 more") == true)
    #expect(throws: PeerLines.Mistake.self) { try PeerLines(["nowhere"], town.directory, at: town.wall(0)) }
  }

  /// Every route, whatever is given of it, passes chosen nodes alone.
  @Test func routesGoAlongChoices() throws {
    let town = try Town()
    let drawer = Drawer(try town.planner(town.read(town.lines())))
    func obeys(_ route: [Int], behind: Int?) throws -> Bool {
      let way = (behind.map { $0 == route[0] ? [] : [$0] } ?? []) + route
      return try zip(way, way.dropFirst()).allSatisfy { try town.chosen($0).contains($1) }
    }
    var (drawn, none) = (0, 0)
    for first in [nil, 0, 3, 6] as [Int?] {
      for last in [nil, 2, 5, 8] as [Int?] {
        for behind in first == nil ? [nil, 2, 5, 8] : [nil] as [Int?] {
          for _ in 0..<20 {
            guard let route = drawer.route(from: first, to: last, behind: behind) else {
              none += 1
              continue
            }
            #expect(try obeys(route, behind: behind) && route.map { $0 % 3 } == [0, 1, 2])
            #expect((first == nil || route[0] == first) && (last == nil || route[2] == last))
            drawn += 1
          }
        }
      }
    }
    #expect(drawn > 300, "\(drawn) drawn, \(none) not")
  }

  /// An entry and a home leave a way there and back, by an exit that both can use.
  @Test func endsFit() throws {
    let town = try Town()
    let drawer = Drawer(try town.planner(town.read(town.lines())))
    for _ in 0..<100 {
      let ends = try #require(drawer.ends(.init(hasLoops: true)))
      let exit = try #require(drawer.exit(from: ends.entry, answeringTo: ends.home))
      #expect(drawer.route(from: ends.entry, to: exit) != nil)
      #expect(drawer.route(to: ends.home, behind: exit) != nil)
      #expect(drawer.route(from: ends.entry, to: ends.home) != nil)
    }
    let via = try #require(drawer.route())
    #expect(drawer.ends(.init(via: via))?.entry == via[0] && drawer.planner.fault(of: via) == nil)
    let other = try #require([1, 4, 7].first { try !town.chosen(0).contains($0) })
    #expect(
      drawer.planner.fault(of: [0, other, 2])?.hasPrefix(
        "'mix-1' does not send to 'mix-\(other + 1)' now; it has chosen")
        == true)
    // Without lines of a layer there is no way through it.
    let half = Drawer(try town.planner(town.read([0, 3, 6, 2, 5, 8].map { try town.line($0) })))
    #expect(half.ends(.init()) == nil && half.route() == nil)
    #expect(half.planner.fault(of: [1, 2])?.hasSuffix("no line tells whom it has chosen") == true)
    // There is a way to the last layer without its lines, and none back.
    let front = Drawer(try town.planner(town.read([0, 3, 6, 1, 4, 7].map { try town.line($0) })))
    #expect(front.ends(.init()) == nil && front.ends(.init(hasReplies: false)) != nil)
    #expect(try Drawer(town.planner(nil)).ends(.init(via: [3, 1, 2]))?.entry == 3)
  }

  /// When the epoch ends, the file is read again; one that stays as it is is good for a little longer.
  @Test func linesAreReadAnew() throws {
    let town = try Town()
    var planner = try town.planner(town.read(town.lines()))
    let before = planner.lines?.choices
    try planner.refresh(at: town.wall(99))
    try planner.refresh(at: town.wall(101))
    #expect(planner.lines?.choices == before)
    try town.folder.write("peers", Array(try town.lines(Town.epoch + 1).joined(separator: "\n").utf8))
    try planner.refresh(at: town.wall(102))
    #expect(planner.lines?.choices != before && planner.lines?.known == 9)
    try town.folder.write("peers", Array("{".utf8))
    try planner.refresh(at: town.wall(203))
    #expect(throws: CommandError.self) { try planner.refresh(at: town.wall(205)) }
    try town.folder.write("peers", Array(try town.line(0).utf8))
    #expect(throws: CommandError.self) { try planner.refresh(at: town.wall(206)) }
  }
}
