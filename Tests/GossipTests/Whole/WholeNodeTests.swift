import GossipSim
import MixNet
import SimNet
import Testing

@testable import Gossip

/// A whole node decides as its core alone does: the stages, the links and the host add nothing to it and lose nothing of it.
@Suite struct WholeNodeTests {
  static let tables = [
    Timetable(table: "mesh_nodes_max = 0", victim: 7),
    Timetable(seed: 2, table: "", victim: 7),
    Timetable(seed: 3, table: "mesh_nodes_max = 0\nordered = true", batch: 1),
    Timetable(seed: 4, table: "mesh_nodes_max = 0\nwatch = \"neighbours\"\ndedup = \"content\"", publishers: [3]),
  ]

  /// All that went into a node's core goes into another core that has neither host nor stages: it wants the same, effect for effect and byte for
  /// byte, goes through the same steps with each message, and is the same in the end, its chances with it.
  @Test(arguments: tables) func aCoreAloneDecidesTheSame(plan: Timetable) throws {
    let (result, town) = try plan.runNodes()
    #expect(result.received(plan.count) == plan.messages * (plan.count - 1))
    let origins = result.looks.map(\.id.prefix)
    for number in 0..<plan.count {
      let tape = try town.tape(number)
      guard var replay = TapeReplay(tape.hub) else { throw TapeDifference("no core") }
      for (place, entry) in tape.entries.enumerated() {
        do { try replay.play(entry) } catch { throw TapeDifference("node \(number), entry \(place): \(error)") }
      }
      try replay.end()
      #expect(replay.calls > 1_000 && replay.bytes > 10_000)
      let (whole, alone) = (result.finalLooks[number], CoreLook(replay.core, origins: origins))
      #expect(whole == alone)
      let chances = (tape.hub.core.random.next(), replay.core.random.next())
      #expect(chances.0 == chances.1)
    }
  }

  /// What the cores wanted sent is what went over the streams, and what came over them is what the cores were told: frame for frame, in order.
  @Test(arguments: tables) func theWireHasWhatTheCoresSaid(plan: Timetable) throws {
    let (_, town) = try plan.runNodes()
    var frames = 0
    for number in 0..<plan.count {
      let talk = LinkTalk(try town.tape(number))
      let (out, into) = (town.wire.ways.filter { $0.from == number }, town.wire.ways.filter { $0.to == number })
      // Bytes for a dead node, and of one, may not have come to their end.
      let isHurt = { (way: WireTap.Way) in plan.victim.map { way.from == $0 || way.to == $0 } ?? false }
      for way in out where !way.written.frames.isEmpty {
        let said = talk.said[way.written.frames[0]] ?? []
        // Of bytes that are wrong it is enough to know where.
        let isSame = isHurt(way) ? said.starts(with: way.written.frames) : said == way.written.frames
        #expect(isSame, "from node \(number) to \(way.to)")
        frames += said.count
      }
      for way in into where !way.read.frames.isEmpty {
        let heard = talk.heard[way.read.frames[0]] ?? []
        let isEnded = talk.ended.contains(way.read.frames[0])
        // After the core has ended a link it is told nothing more of it.
        let isSame = isHurt(way) || isEnded ? way.read.frames.starts(with: heard) : heard == way.read.frames
        #expect(isSame, "from node \(way.from) to \(number)")
      }
      // And nothing was said or heard that was on no wire.
      #expect(talk.said.count == out.count { !$0.written.frames.isEmpty })
      #expect(talk.heard.count == into.count { !$0.read.frames.isEmpty })
    }
    #expect(frames > 5_000)
  }

  /// The same of datagrams: what a core wanted sent comes to the core that it was for, once and as it was, unless that was not there.
  @Test(arguments: tables) func datagramsComeAsTheyWereSaid(plan: Timetable) throws {
    let (_, town) = try plan.runNodes()
    var sent: [[[UInt8]: [Instant]]] = Array(repeating: [:], count: plan.count)
    for number in 0..<plan.count {
      try town.tape(number).read { entry, now in
        guard case .effect(.datagram(let bytes, let addresses)) = entry else { return }
        for address in addresses {
          let target = try #require(town.hosts.firstIndex { $0.address(port: WholeTown.port) == address })
          sent[target][bytes, default: []].append(now)
        }
      }
    }
    var (heard, messages) = (0, 0)
    for number in 0..<plan.count {
      var rest = sent[number]
      try town.tape(number).read { entry, now in
        let bytes: [UInt8]
        switch entry {
        case .call(.datagram(let word), _): bytes = word
        case .call(.frame(.arrive, let message, GossipCore.noLink, _), _): (bytes, messages) = (message, messages + 1)
        default: return
        }
        heard += 1
        // Nothing came that nobody said, and nothing twice.
        let said = try #require(rest[bytes]?.first)
        rest[bytes]?.removeFirst()
        #expect(now - said >= plan.scenario.latency.lowerBound)
        #expect(now - said < plan.scenario.latency.upperBound + .ms(1))
      }
      let start = Instant(ns: 1_000_000_000) + Timetable.pause * UInt64(number)
      let end = plan.victim == number ? plan.killed : plan.end
      for time in rest.values.joined() {
        #expect(time + plan.scenario.latency.lowerBound < start || time + plan.scenario.latency.upperBound > end)
      }
    }
    // Where all have links to all, messages are among them.
    #expect(heard > 1_000 && (messages > 1_000) == plan.table.isEmpty)
  }
}

/// What a core said and heard on each link, by the first frame each way: a greeting, which is never the same twice.
struct LinkTalk {
  private(set) var said: [[UInt8]: [[UInt8]]] = [:]
  private(set) var heard: [[UInt8]: [[UInt8]]] = [:]
  /// Links that the core has closed, by what was heard first.
  private(set) var ended: Set<[UInt8]> = []

  init(_ tape: CoreTape) {
    var (out, into): ([LinkNumber: [[UInt8]]], [LinkNumber: [[UInt8]]]) = ([:], [:])
    var closed: Set<LinkNumber> = []
    for entry in tape.entries {
      switch entry {
      case .frame(let bytes, let link): out[link, default: []].append(bytes)
      case .call(.frame(.arrive, _, GossipCore.noLink, _), _): break
      case .call(.frame(.arrive, let bytes, let link, _), _): into[link, default: []].append(bytes)
      case .effect(.close(let link)): closed.insert(link)
      default: break
      }
    }
    for (_, frames) in out { said[frames[0]] = frames }
    for (link, frames) in into {
      heard[frames[0]] = frames
      if closed.contains(link) { ended.insert(frames[0]) }
    }
  }
}
