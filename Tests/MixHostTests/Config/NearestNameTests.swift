import MixHost
import Testing

@Suite struct NearestNameTests {
  static let near: [(String, String?)] = [
    ("sphnix", "sphinx"), ("sphinx", "sphinx"), ("SPHINX", "sphinx"), ("spinx", "sphinx"), ("sphinxx", "sphinx"),
    ("rate-limit", "rate_limit"), ("reputatoin", "reputation"), ("repotation", "reputation"), ("mx", nil),
    ("gosip", "gossip"), ("pol", "pool"), ("lop", "log"), ("", nil), ("x", nil), ("completely_else", nil),
    ("é", nil), (String(repeating: "x", count: 100_000), nil),
  ]

  @Test(arguments: near)
  func suggests(_ name: String, _ suggestion: String?) {
    let names = ["sphinx", "rate_limit", "reputation", "gossip", "pool", "log"]
    #expect(nearest(name, in: names) == suggestion)
    #expect(didYouMean(name, in: names) == (suggestion.map { "; did you mean '\($0)'?" } ?? ""))
  }

  @Test func theNearestThenTheFirst() {
    #expect(nearest("batch_sise", in: ["batch_sizes", "batch_size", "batch_side"]) == "batch_size")
    #expect(nearest("abcd", in: []) == nil)
  }
}
