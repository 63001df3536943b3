import MixHost
import MixNet
import Testing

@testable import Reputation

/// `#expect` for calls that change what they are called on, which the macro cannot take apart.
func check(
  _ isSo: @autoclosure () throws -> Bool, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation
) rethrows {
  let isSo = try isSo()
  #expect(isSo, comment, sourceLocation: place)
}

/// A book with a clock, for tests.
struct Ledger {
  var book: ReputationBook
  var now: Instant

  init(_ preset: ScoreRules.Preset, recordsMax: Int = 64, start: UInt64 = 1_000_000) {
    book = ReputationBook(ScoreRules(preset: preset, recordsMax: recordsMax))
    now = Instant(ns: 0) + .s(start)
  }

  static func node(_ number: Int) -> Bytes32 { Bytes32(words: [UInt64(number), 7, 7, 7]) }

  mutating func pass(_ seconds: UInt64) { now = now + .s(seconds) }

  /// True when it banned the node.
  @discardableResult
  mutating func tell(_ conduct: Conduct, _ times: Int = 1, of node: Int = 0) -> Bool {
    var isBan = false
    for _ in 0..<times where book.add(conduct, of: Self.node(node), at: now) { isBan = true }
    return isBan
  }

  /// How often it can be told until it bans; nil when it never does.
  mutating func timesUntilBan(_ conduct: Conduct, of node: Int = 0, most: Int = 10_000) -> Int? {
    (1...most).first { _ in tell(conduct, of: node) }
  }

  func score(_ node: Int = 0) -> Int { book.score(of: Self.node(node), at: now) }
  func standing(_ node: Int = 0) -> Standing { book.standing(of: Self.node(node), at: now) }
  func known(_ node: Int = 0) -> PeerStatistics? { book.statistics(of: Self.node(node), at: now) }
}
