import Foundation
import Glibc
import Gossip
import MixNet
import Testing

@testable import HearsayCommand

/// The door of a running node, over its real socket: wrong frames, large ones, programs that do not read, and too many of them.
@Suite struct DoorSocketTests {
  private func publish(_ payload: [UInt8], _ topic: String = "t") -> DoorRequest {
    .publish(topic: topic, priority: .normal, payload: payload)
  }

  private func path(_ cluster: GossipCluster, _ node: Int = 0) -> String {
    String(cluster.plan[node].door.description.dropFirst("unix:".count))
  }

  @Test func onlyTheOwnerMayOpenIt() throws {
    let cluster = try GossipCluster(nodes: 2)
    let mode = try FileManager.default.attributesOfItem(atPath: path(cluster))[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func wrongFramesAreAnsweredAndDoNoHarm() throws {
    let cluster = try GossipCluster(nodes: 2)
    let wire = try DoorWire(path(cluster))
    for frame: [UInt8] in [[], [0], [1], [1, 9, 0, 1, 97], [2, 5, 97], [6, 1, 2], [4, 4], [200]] {
      wire.send(frame: frame)
      guard case .failed(let sentence)? = try wire.answer() else {
        Issue.record("\(frame) was not refused")
        continue
      }
      #expect(!sentence.isEmpty)
    }
    wire.send(publish([]))
    #expect(try wire.answer() == .published(.refused(.wrongSize)))
    wire.send(publish([1]))
    #expect(try wire.answer() == .published(.accepted))
    // Twice is once too often, and what was not begun cannot be ended.
    for request in [.subscribe(topic: "a", history: false), .unsubscribe(topic: "a")] as [DoorRequest] {
      wire.send(request)
      #expect(try wire.answer() == .done)
    }
    wire.send(.unsubscribe(topic: "a"))
    if case .failed? = try wire.answer() {} else { Issue.record("ended twice") }
  }

  @Test func aFrameThatIsTooLargeEndsTheConnection() throws {
    let cluster = try GossipCluster(nodes: 2)
    let wire = try DoorWire(path(cluster))
    wire.send(bytes: [0xff, 0xff, 0xff, 0xff, 1])
    guard case .failed(let sentence)? = try wire.answer() else {
      Issue.record("it was not refused")
      return
    }
    #expect(sentence.contains("at most"))
    #expect(try wire.answer() == nil)
    try cluster.expectToHear("still there", from: 0, at: 1)
  }

  /// The largest message goes through, in parts, to another node; one byte more is refused.
  @Test func theLargestMessage() throws {
    let cluster = try GossipCluster(nodes: 2)
    let ear = try DoorWire(path(cluster, 1))
    ear.send(.subscribe(topic: "t", history: false))
    #expect(try ear.answer() == .done)
    let wire = try DoorWire(path(cluster))
    var random = RandomStream(seed: Seed(1, 2, 3, 4))
    let payload = (0..<16 << 20).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    wire.send(publish(payload))
    if case .published(let outcome)? = try wire.answer() {
      #expect(outcome == .accepted || outcome == .queued)
    } else {
      Issue.record("it was not published")
    }
    guard case .message(let message)? = try ear.answer() else {
      Issue.record("no message came")
      return
    }
    #expect(message.payload == payload)
    wire.send(publish(payload + [1]))
    guard case .published(.refused(let reason))? = try wire.answer() else {
      Issue.record("it was not refused")
      return
    }
    #expect(reason == .wrongSize)
  }

  /// Requests that came before the program ended its side are answered, then the node ends its own.
  @Test func whoEndsItsSideIsServedToTheEnd() throws {
    let cluster = try GossipCluster(nodes: 2)
    let wire = try DoorWire(path(cluster))
    for number in 0..<200 { wire.send(publish([UInt8(number), 1])) }
    wire.endInput()
    for _ in 0..<200 { #expect(try wire.answer()?.isAnswer == true) }
    #expect(try wire.answer() == nil)
  }

  /// A subscriber that does not read loses the oldest, is told how many, and holds up nobody.
  @Test func slowProgramsLoseOnlyTheirOwn() throws {
    let cluster = try GossipCluster(nodes: 2) {
      $0.extra = "[door]\nunread_bytes_max = 1000000"
      $0.poolSize = 2_048
    }
    let slow = try DoorWire(path(cluster, 1))
    slow.send(.subscribe(topic: "t", history: false))
    #expect(try slow.answer() == .done)
    let quick = try DoorWire(path(cluster, 1))
    quick.send(.subscribe(topic: "t", history: false))
    #expect(try quick.answer() == .done)
    let wire = try DoorWire(path(cluster))
    let count = 2_000
    var seen = Set<UInt64>()
    for batch in 0..<count / 20 {
      for number in batch * 20..<(batch + 1) * 20 {
        var payload: [UInt8] = []
        payload.appendNumber(UInt64(number))
        wire.send(publish(payload + [UInt8](repeating: 7, count: 10_000)))
      }
      for _ in 0..<20 {
        guard case .message(let message)? = try quick.answer() else { break }
        seen.insert(message.payload.span.bigEndianWord(at: 0))
      }
    }
    #expect(seen.count == count)
    for _ in 0..<count { #expect(try wire.answer()?.isAnswer == true) }
    // Now the slow one reads: what is left and what was lost are all.
    var (came, lost): (UInt64, UInt64) = (0, 0)
    var last: UInt64?
    while came + lost < UInt64(count) {
      switch try slow.answer() {
      case .message(let message):
        came += 1
        last = message.payload.span.bigEndianWord(at: 0)
      case .lost(let some): lost += some
      default:
        Issue.record("\(came) came and \(lost) were lost of \(count)")
        return
      }
    }
    #expect(lost > 1_000 && came >= 50, "\(came) came, \(lost) were lost")
    #expect(last != nil)
  }

  @Test func tooManyProgramsAreToldSo() throws {
    let cluster = try GossipCluster(nodes: 2) { $0.extra = "[door]\nvisitors_max = 3" }
    let wires = try (0..<3).map { _ in try DoorWire(path(cluster)) }
    for wire in wires {
      wire.send(.keys)
      #expect(try wire.answer()?.isAnswer == true)
    }
    let more = try DoorWire(path(cluster))
    guard case .failed(let sentence)? = try more.answer() else {
      Issue.record("it was let in")
      return
    }
    #expect(sentence.contains("visitors_max"))
    // One that leaves makes room.
    wires[0].close()
    #expect(
      eventually {
        guard let wire = try? DoorWire(path(cluster)) else { return false }
        wire.send(.keys)
        if case .json? = try? wire.answer() { return true }
        return false
      })
    wires[1].send(.keys)
    #expect(try wires[1].answer()?.isAnswer == true)
  }
}
