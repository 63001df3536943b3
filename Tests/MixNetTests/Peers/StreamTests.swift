import Testing

@testable import MixNet

@Suite struct StreamTests {
  private let bounds = SendQueue.Bounds(count: 100, bytes: 10_000)

  @Test func queuesAreBoundedInNumberAndBytes() {
    var queue = SendQueue(SendQueue.Bounds(count: 3, bytes: 10))
    check(queue.push([1, 2, 3, 4]))
    check(queue.push([5, 6, 7, 8, 9]))
    check(!queue.push([0, 0]))
    check(queue.push([0]))
    check(!queue.push([]))
    #expect(queue.count == 3)
    #expect(queue.bytes == 10)
    #expect(queue[1] == [5, 6, 7, 8, 9])
    #expect(queue[3] == nil)
    check(queue.pop() == [1, 2, 3, 4])
    #expect(queue.bytes == 6)
    check(queue.push([]))
  }

  /// A sender, a receiver, and between them links that lose everything that is under way when they break, and an
  /// application that takes now and then: every message arrives once and in order.
  @Test(
    "fault 33: messages that are lost, doubled and late arrive once and in order", arguments: 0..<200 as Range<UInt64>)
  func onceAndInOrderThroughBrokenLinks(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    let window = 600
    var sender = ReliableSender(bounds, credit: UInt64(window))
    var receiver = ReliableReceiver(window: window)
    var forth: [(UInt64, [UInt8])] = []
    var back: [(expected: UInt64, credit: UInt64?)] = []
    var (given, taken) = (0, 0)
    var (steps, broken) = (0, 0)
    while taken < 500 {
      steps += 1
      guard steps < 200_000 else { return #expect(Bool(false), "stuck at \(taken)") }
      switch random.below(12) {
      case 0..<3 where given < 500:
        let message = [UInt8](repeating: UInt8(truncatingIfNeeded: given), count: Int(random.below(200)))
        if sender.push(message) { given += 1 }
      case 3..<6:
        if let next = sender.next {
          forth.append(next)
          sender.didSend()
        }
      case 6..<8 where !forth.isEmpty:
        let (number, message) = forth.removeFirst()
        check(receiver.receive(number, message) != .overrun)
        back.append((receiver.expected, nil))
      case 8 where !back.isEmpty:
        let news = back.removeFirst()
        check(sender.confirm(before: news.expected))
        if let credit = news.credit { sender.grant(credit) }
      case 9..<11:
        if let message = receiver.take() {
          #expect(message.allSatisfy { $0 == UInt8(truncatingIfNeeded: taken) })
          taken += 1
        }
        if let credit = receiver.newCredit() { back.append((receiver.expected, credit)) }
      case 11 where random.below(20) == 0:
        // The link breaks; on the new one both sides say where they are.
        broken += 1
        (forth, back) = ([], [])
        sender.rewind()
        check(sender.confirm(before: receiver.expected))
        sender.grant(receiver.credit)
      default: break
      }
    }
    #expect(given == 500)
    #expect(broken > 0)
    check(receiver.take() == nil)
  }

  @Test func whoSendsBeyondItsCreditIsFound() {
    var receiver = ReliableReceiver(window: 100)
    check(receiver.receive(0, [UInt8](repeating: 0, count: 60)) == .taken)
    check(receiver.receive(0, []) == .doubled)
    check(receiver.receive(2, []) == .early)
    check(receiver.receive(1, [UInt8](repeating: 0, count: 9)) == .overrun)
    var empty = ReliableReceiver(window: 160)
    for number in 0..<10 as Range<UInt64> { check(empty.receive(number, []) == .taken) }
    check(empty.receive(10, []) == .overrun, "empty messages are bounded too")
  }

  @Test func whoConfirmsWhatWasNeverSentLies() {
    var sender = ReliableSender(bounds, credit: 1_000)
    check(sender.push([1]))
    check(sender.push([2]))
    check(sender.push([3]))
    sender.didSend()
    sender.didSend()
    check(!sender.confirm(before: 3))
    check(sender.confirm(before: 1))
    check(sender.confirm(before: 0))
    check(sender.takeUnconfirmed() == [[2], [3]])
    #expect(sender.unconfirmed == 0)
    #expect(sender.next == nil)
  }

  /// Streams with messages of very different sizes get the same number of bytes.
  @Test func turnsAreFairInBytes() {
    var round = DeficitRoundRobin(quantum: 1_000)
    let sizes = [10, 333, 1_000, 2_500, 9_000]
    var bytes = [Int](repeating: 0, count: sizes.count)
    for stream in sizes.indices { round.add(UInt32(stream)) }
    for _ in 0..<200_000 {
      guard let stream = round.next({ sizes[Int($0)] }) else { break }
      bytes[Int(stream)] += sizes[Int(stream)]
      if bytes.reduce(0, +) > 5_000_000 { break }
    }
    for sum in bytes { #expect(abs(sum - 1_000_000) <= 20_000, "\(bytes)") }
  }

  @Test func whoHasNothingToSayLeavesTheRound() {
    var round = DeficitRoundRobin(quantum: 10)
    for stream in 1...3 as ClosedRange<UInt32> {
      round.add(stream)
      round.add(stream)
    }
    #expect(round.count == 3)
    var order: [UInt32] = []
    for _ in 0..<6 { if let stream = round.next({ $0 == 2 ? nil : 10 }) { order.append(stream) } }
    #expect(order == [1, 3, 1, 3, 1, 3])
    #expect(round.count == 2)
    round.remove(3)
    round.remove(1)
    #expect(round.next { _ in 1 } == nil)
  }
}
