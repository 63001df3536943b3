import Testing

@testable import MixNet

/// The names that an address may have instead of numbers.
@Suite struct HostNameTests {
  @Test(arguments: ["localhost:1", "mix-1.example.org:9001", "a:0", "1a.b2:65535", "xn--bcher-kva.example:5"])
  func namesAreRead(_ text: String) throws {
    let address = try #require(Address.target(text))
    guard case .name = address else {
      Issue.record("\(address)")
      return
    }
    #expect(address.description == text)
    #expect(Address(text) == nil)
  }

  @Test func upperCaseIsTheSameName() {
    #expect(Address.target("Mix.Example:7") == Address.target("mix.example:7"))
  }

  /// What could be taken for a number, or is no name.
  @Test(arguments: [
    "127.0.0.1", "1.2.3:4", "1:2", "256.1.1.1:3", "mix", "mix:", ":1", "mix:65536", "mix:-1", "-a:1", "a-:1", "a..b:1",
    ".a:1", "a.:1", "a_b:1", "a b:1", "ä.example:1", "mix:1:2", "[mix]:1", "",
  ])
  func othersAreNone(_ text: String) { #expect(Address.target(text) == nil) }

  @Test func lengthsAreBounded() {
    let label = String(repeating: "a", count: 63)
    #expect(Address.target("\(label):1") != nil && Address.target("\(label)a:1") == nil)
    let name = "\(label).\(label).\(label).\(label.dropLast(2))"
    #expect(Address.target("\(name):1") != nil && Address.target("\(name)a:1") == nil)
  }

  @Test func numbersStayNumbers() {
    for text in ["127.0.0.1:9", "[::1]:9", "unix:/a"] { #expect(Address.target(text) == Address(text)) }
  }
}
