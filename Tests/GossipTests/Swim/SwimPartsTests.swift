import MixNet
import Testing

@testable import Gossip

struct SwimPartsTests {
  private let now = Instant(ns: 1_000_000_000)

  /// Source of the figures: log(c + 1) / log(4) of the span, as in Lifeguard.
  @Test func aSuspicionShortens() {
    var suspicion = Suspicion(1, least: .s(2), most: .s(12), enough: 3, now: now)
    #expect(suspicion.deadline - now == .s(12))
    check(!suspicion.confirm(1))
    let times = ([2, 3, 4] as [UInt64]).map { accuser in
      check(suspicion.confirm(accuser))
      return (suspicion.deadline - now).ms
    }
    #expect(times == [7_000, 4_080, 2_000])
    check(!suspicion.confirm(5))
    suspicion.postpone(.s(30))
    #expect(suspicion.deadline - now == .s(32))
    suspicion.shorten(to: now + .ms(250))
    #expect(suspicion.deadline - now == .ms(250))
    #expect(Suspicion(1, least: .s(2), most: .s(12), enough: 0, now: now).deadline - now == .s(2))
  }

  @Test func newsAreToldSoOften() {
    var queue = UpdateQueue()
    for number in 0..<30 { queue.add(node(number).id) }
    var told: [Bytes32: Int] = [:]
    var rounds = 0
    while !queue.isEmpty {
      rounds += 1
      let news = queue.take(repeats: 8, first: nil) { id in
        (0..<30).first { node($0).id == id }.map { MemberUpdate(.alive, node($0), accuser: 0) }
      }
      for update in news { told[update.record.id, default: 0] += 1 }
    }
    #expect(told.count == 30 && told.values.allSatisfy { $0 == 8 })
    // Nineteen fit.
    #expect(rounds == (30 * 8 + 16) / 17)
  }

  /// The whole list comes piece by piece, each once and in order.
  @Test func aListInPieces() {
    var random = RandomStream(seed: Seed(1))
    var list = MemberList()
    for number in 0..<500 {
      list.add(Member(record: node(number), status: .alive, since: now, accuser: 0), &random)
    }
    for number in 0..<100 { list.remove(node(number * 3).id) }
    var (all, after, isLast): ([Bytes32], Bytes32, Bool) = ([], Bytes32(), false)
    while !isLast {
      let piece = list.after(after, 18)
      (all, after, isLast) = (all + piece.some.map(\.record.id), piece.some.last?.record.id ?? after, piece.isLast)
      #expect(piece.some.count == 18 || isLast)
    }
    #expect(all.count == 400 && Set(all).count == 400)
    #expect(zip(all, all.dropFirst()).allSatisfy { $0.isBelow($1) })
    #expect(list.present == 400)
  }

  @Test func logarithms() {
    #expect([1, 2, 10, 11, 99, 100, 101, 1_000].map { NodeCount.decimalLogRoundedUp($0) } == [0, 1, 1, 2, 2, 2, 3, 3])
    #expect([1, 2, 3, 7, 8, 20, 21, 1_000].map { NodeCount.logRoundedUp($0) } == [0, 1, 2, 2, 3, 3, 4, 7])
    #expect([1, 10, 32, 1_000].map { NodeCount.decimalLog($0) } == [0, 1_000, 1_505, 3_000])
  }
}
