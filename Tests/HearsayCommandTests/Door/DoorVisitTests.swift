import Gossip
import MixNet
import Synchronization
import Testing

@testable import HearsayCommand

/// A program's requests, and what waits for it, without input or output.
@Suite struct DoorVisitTests {
  private func publish(_ number: UInt8, size: Int = 1) -> DoorRequest {
    .publish(topic: "t", priority: .normal, payload: [UInt8](repeating: number, count: size))
  }

  private func expectNothing(_ visit: inout DoorVisit) {
    let entries = visit.take(.zero)
    #expect(entries == nil)
  }

  @Test func requestsGoToTheStageInTheirOrder() {
    var visit = DoorVisit()
    expectNothing(&visit)
    #expect(visit.isIdle && visit.next == .never)
    for number in 1...3 { visit.received(publish(UInt8(number)).bytes) }
    visit.received([77])
    #expect(visit.next <= .zero)
    let entries = visit.take(.zero)
    #expect(entries?.count == 4 && entries?.first == .request(publish(1)))
    if case .mistake(let sentence) = entries?.last {
      #expect(sentence.contains("kind 77"))
    } else {
      Issue.record("no mistake")
    }
    // Only one list is at the stage at a time.
    visit.received(publish(5).bytes)
    expectNothing(&visit)
    #expect(visit.next == .never && !visit.isIdle)
    visit.answered(rest: [], hasProgress: true, .zero)
    let taken1 = visit.take(.zero)
    #expect(taken1 == [.request(publish(5))])
    visit.answered(rest: [], hasProgress: true, .zero)
    #expect(visit.isIdle)
  }

  @Test func whatTheNodeHasNoRoomForIsTriedAgainBeforeWhatFollows() throws {
    var visit = DoorVisit()
    for number in 1...3 { visit.received(publish(UInt8(number)).bytes) }
    let taken = visit.take(.zero)
    let entries = try #require(taken)
    visit.received(publish(4).bytes)
    visit.answered(rest: Array(entries[1...]), hasProgress: true, .zero)
    // Meanwhile the program waits: it is not read.
    expectNothing(&visit)
    #expect(!visit.mayRead)
    #expect(visit.next == Instant.zero + .ms(5))
    let taken2 = visit.take(visit.next)
    #expect(taken2 == [2, 3, 4].map { .request(publish($0)) })
    // Longer and longer, within a bound, while nothing goes.
    var now = Instant.zero + .ms(5)
    var pauses: [UInt64] = []
    for _ in 0..<6 {
      visit.answered(rest: [.request(publish(2))], hasProgress: false, now)
      pauses.append((visit.next - now).ms)
      now = visit.next
      let again = visit.take(now)
      #expect(again == [.request(publish(2))])
    }
    #expect(pauses == [10, 20, 40, 80, 80, 80])
    visit.answered(rest: [], hasProgress: true, now)
    #expect(visit.mayRead && visit.isIdle)
  }

  @Test func noMoreIsReadThanIsHandled() {
    var visit = DoorVisit()
    var read = 0
    while visit.mayRead, read < 1_000 {
      visit.received(publish(1).bytes)
      read += 1
    }
    #expect(read == 64)
    visit = DoorVisit()
    visit.received(publish(1, size: 5 << 20).bytes)
    #expect(!visit.mayRead)
    // What is at the stage counts until it is answered.
    let count = visit.take(.zero)?.count
    #expect(count == 1 && !visit.mayRead)
    visit.answered(rest: [], hasProgress: true, .zero)
    #expect(visit.mayRead)
  }

  @Test func aListOfMembersEndsWhatGoesAtOnce() {
    var visit = DoorVisit()
    for request in [.keys, .members, .keys, .members] as [DoorRequest] { visit.received(request.bytes) }
    let taken3 = visit.take(.zero)
    #expect(taken3?.count == 2)
    visit.answered(rest: [], hasProgress: true, .zero)
    let taken4 = visit.take(.zero)
    #expect(taken4?.count == 2)
  }
}

/// What waits for a program that does not read.
@Suite struct DoorInboxTests {
  private final class Bell: Waker {
    let rings = Mutex(0)
    func wake() { rings.withLock { $0 += 1 } }
    var count: Int { rings.withLock { $0 } }
  }

  private func message(_ number: UInt64, size: Int = 872) throws -> DoorMessage {
    var frame: [UInt8] = [132, 1, 0, 0, 1, 116] + [UInt8](repeating: 0, count: 40)
    frame.appendNumber(number)
    frame += [UInt8](repeating: 0, count: 8 + size)
    return try #require(DoorMessage(frame))
  }

  private func numbers(_ inbox: DoorInbox) -> (numbers: [UInt64], lost: [UInt64]) {
    var (numbers, lost): ([UInt64], [UInt64]) = ([], [])
    while let item = inbox.next() {
      switch item {
      case .message(let message): numbers.append(message.sequence)
      case .lost(let count):
        lost.append(count)
        #expect(numbers.isEmpty, "the loss stands before what came after it")
      }
    }
    return (numbers, lost)
  }

  @Test func theOldestGiveWayAndAreCounted() throws {
    let bell = Bell()
    let inbox = DoorInbox(bytesMax: 10_000, waker: bell)
    for number in 1...10 { #expect(inbox.take(try message(UInt64(number)))) }
    #expect(bell.count == 1)
    for number in 11...25 { #expect(!inbox.take(try message(UInt64(number)))) }
    let first = numbers(inbox)
    #expect(first.numbers == Array(16...25) && first.lost == [15])
    #expect(inbox.take(try message(26)) && bell.count == 2)
    #expect(numbers(inbox).numbers == [26])
  }

  @Test func oneIsKeptHoweverLarge() throws {
    let inbox = DoorInbox(bytesMax: 10_000, waker: Bell())
    _ = inbox.take(try message(1))
    #expect(!inbox.take(try message(2, size: 1 << 20)))
    let all = numbers(inbox)
    #expect(all.numbers == [2] && all.lost == [1])
  }

  @Test func nothingIsKeptForOneWhoHasGone() throws {
    let inbox = DoorInbox(bytesMax: 10_000, waker: Bell())
    _ = inbox.take(try message(1))
    inbox.close()
    #expect(inbox.take(try message(2)) && inbox.next() == nil)
  }

  /// As many go through it as may, and what is lost and what comes is all there was.
  @Test func nothingIsUncounted() throws {
    var random = RandomStream(seed: Seed(9, 9, 9, 9))
    let inbox = DoorInbox(bytesMax: 20_000, waker: Bell())
    var (sent, came, lost): (UInt64, UInt64, UInt64) = (0, 0, 0)
    var last: UInt64 = 0
    for _ in 0..<5_000 {
      if random.below(2) == 0 {
        sent += 1
        _ = inbox.take(try message(sent, size: Int(random.below(5_000))))
      } else if let item = inbox.next() {
        switch item {
        case .message(let message):
          came += 1
          #expect(message.sequence > last)
          last = message.sequence
        case .lost(let count): lost += count
        }
      }
    }
    let rest = numbers(inbox)
    #expect(came + lost + UInt64(rest.numbers.count) + rest.lost.reduce(0, +) == sent)
    #expect(lost > 100 && came > 100)
  }
}
