import MixNet
import Testing

@testable import MixHost

/// What stages say to each other with the handshake.
@Suite struct HelloFieldTests {
  private func node(_ word: String, to: Address? = nil, workers: Int = 1) throws -> TestNode {
    try TestNode(
      """
      [node]
      name = "\(word)"
      [pipeline]
      workers = \(workers)
      [chain.hello]
      listen = "127.0.0.1:0"
      decode = ["frames"]
      forward = ["teller"]
      [teller]
      word = "\(word)"
      \(to.map { "to = \"\($0)\"" } ?? "")
      """, plugins: [.teller])
  }

  private func heard(_ node: TestNode) throws -> String? {
    guard case .text(let word)? = try node.chain().stages.first?.fields.first?.value else { return nil }
    return word
  }

  @Test(arguments: [1, 3]) func eachHearsWhatTheOtherSays(_ workers: Int) throws {
    let one = try node("one", workers: workers)
    let two = try node("two", to: try one.address("hello"), workers: workers)
    try eventually("both have heard") { try heard(one) == "two" && heard(two) == "one" }
  }

  @Test func aStageMaySendAPeerAway() throws {
    let one = try node("one")
    let enemy = try node("enemy", to: try one.address("hello"))
    try eventually("it is sent away") { try enemy.status().links.first?.lastReason == "ended" }
    try eventually("no link is left") { try one.status().links.allSatisfy { $0.state != "up" } }
  }
}
