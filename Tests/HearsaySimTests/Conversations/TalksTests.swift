import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// The rule for conversations finds each way in which a promise can be broken, and nothing else.
@Suite struct TalksTests {
  private let ledger = Ledger()
  private let talks: Talks
  private let half: TalkHalf
  private static let id = StreamID(isOwn: true, slot: 0, generation: 1)
  private static let there = TalkHalf.mirror(id)

  /// Nodes 0 and 1 talk; node 0 has a stream.
  init() {
    let plan = TalkPlan(pairs: 1, among: 2, SimSeed(1))
    talks = Talks(plan, hosts: [0, 1], meter: TalkMeter(), ledger)
    talks.begin(0, boot: 1)
    talks.begin(1, boot: 1)
    half = talks.open(from: 0, to: 1, Self.id)
  }

  private func send(_ count: Int = 1, _ sendClass: SendClass = .reliable) {
    for _ in 0..<count { talks.sent(TalkMessage(half: half.serial, sendClass, half.sent)) }
  }

  private func take(_ number: Int, _ sendClass: SendClass = .reliable) {
    let bytes = TalkMessage(half: half.serial, sendClass, number).bytes
    _ = talks.took(PeerMessage(bytes, sendClass), by: 1, from: 0, on: Self.there)
  }

  private var found: [String] { ledger.violations.map(\.what) }

  private func expect(_ part: String) {
    #expect(found.count == 1 && found[0].contains(part), "\(found)")
    #expect(ledger.violations.allSatisfy { $0.oracle == "streams" })
  }

  @Test func whatIsRightIsNoFault() {
    send(3)
    for number in 0..<3 { take(number) }
    talks.confirmed(half, before: 2)
    talks.confirmed(half, before: 3)
    half.finishedAt = 3
    talks.closed(half)
    talks.over(half, at: 1, from: 0, Self.there, isClosed: true)
    #expect(found.isEmpty && talks.obstacle { _ in true } == nil)
  }

  @Test func aMessageThatComesTwiceIsFound() {
    send(2)
    for number in [0, 0] { take(number) }
    expect("message 0 comes again")
  }

  @Test func aMessageBeforeItsTurnIsFound() {
    send(2)
    take(1)
    expect("message 1 comes before message 0")
  }

  @Test func aMessageThatNobodySentIsFound() {
    take(0)
    expect("message 0 comes, and 0 were sent")
  }

  @Test(arguments: [0, 5, 20])
  func aChangedByteIsFound(_ place: Int) {
    send()
    var bytes = TalkMessage(half: half.serial, .reliable, 0).bytes
    bytes[min(place, bytes.count - 1)] ^= 1
    _ = talks.took(PeerMessage(bytes), by: 1, from: 0, on: Self.there)
    expect("has not sent there")
  }

  @Test func aMessageOfAnotherStreamIsFound() {
    send()
    let bytes = TalkMessage(half: half.serial, .reliable, 0).bytes
    let other = StreamID(isOwn: false, slot: 1, generation: 1)
    _ = talks.took(PeerMessage(bytes), by: 1, from: 0, on: other)
    expect("has not sent there")
  }

  @Test(arguments: [SendClass.lossy, .control])
  func aLooseMessageComesOnceAtMost(_ sendClass: SendClass) {
    send(2, sendClass)
    take(1, sendClass)
    #expect(found.isEmpty)
    take(1, sendClass)
    expect("comes again")
  }

  @Test func anotherProcessGetsNothingOfAStream() {
    send(2)
    take(0)
    talks.begin(1, boot: 2)
    take(1)
    expect("comes to process 2")
  }

  @Test func whatIsToldAsUnconfirmedIsAllOfIt() {
    send(3)
    take(0)
    talks.confirmed(half, before: 1)
    let messages = (1..<3).map { TalkMessage(half: half.serial, .reliable, $0).bytes }
    talks.told(half, Unconfirmed(first: 1, messages: messages))
    #expect(found.isEmpty && half.unconfirmed == 2)
    talks.told(half, Unconfirmed(first: 1, messages: Array(messages.dropLast())))
    expect("1 messages from 1 on are told as unconfirmed, not 2 from 1 on")
  }

  @Test func aStreamThatIsNotToldOfIsFound() {
    talks.untold(half)
    expect("nothing is told of it")
  }

  @Test func whatIsConfirmedWasSentAndGrows() {
    send(2)
    talks.confirmed(half, before: 2)
    talks.confirmed(half, before: 2)
    expect("all before 2 are confirmed, after 2 of 2")
  }

  @Test func anEndBeforeTheEndIsFound() {
    send(2)
    half.finishedAt = 2
    take(0)
    talks.over(half, at: 1, from: 0, Self.there, isClosed: true)
    expect("which has 1 of 2 messages")
  }

  @Test func moreThanMayWaitIsFound() {
    send(TalkPlan.sendMessages)
    #expect(found.isEmpty)
    send()
    expect("25 messages were accepted that are not confirmed")
  }

  @Test func moreThanTheWindowIsFound() {
    send(TalkPlan.sendMessages)
    talks.confirmed(half, before: UInt64(TalkPlan.sendMessages))
    expect("wait for the other side's application")
  }

  @Test func anHonestPeerIsNeverAtFault() {
    var counts = [0, 1, 0, 0, 0]
    talks.faults(counts, at: 0)
    #expect(found.isEmpty, "a link may have lost a greeting")
    counts[Int(ConversationFault.overrun.rawValue)] = 1
    talks.faults(counts, at: 0)
    expect("mix-1 has found another at fault: overrun")
  }

  /// What is not said to its end keeps the network from being quiet, as long as both nodes can.
  @Test func whatIsOpenIsWaitedFor() {
    send(2)
    #expect(talks.obstacle { _ in true }?.contains("2 messages are neither confirmed nor told") == true)
    #expect(talks.obstacle { $0 != 0 } == nil)
    talks.confirmed(half, before: 2)
    #expect(talks.obstacle { _ in true }?.contains("2 messages are confirmed, and 0 have come") == true)
    take(0)
    take(1)
    #expect(talks.obstacle { _ in true } == nil)
    #expect(found.isEmpty)
  }

  /// What a process had taken and not read is gone with it.
  @Test func theDeadOweNothing() {
    send(2)
    take(0)
    talks.confirmed(half, before: 2)
    talks.begin(1, boot: 2)
    #expect(talks.obstacle { _ in true } == nil)
    send()
    talks.begin(0, boot: 2)
    #expect(talks.obstacle { _ in true } == nil)
    #expect(found.isEmpty)
  }
}
