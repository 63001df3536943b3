import Testing

@testable import MixNet

/// What stages say with the handshake.
@Suite struct HelloFieldsTests {
  @Test func whatIsSaidIsRead() {
    var fields = HelloFields()
    let empty: [UInt8] = []
    let none = HelloFields(empty.span)
    #expect(none == fields)
    var isKept = fields.set("vrf_delay", [1, 2, 3])
    #expect(isKept)
    isKept = fields.set("gossip", [])
    #expect(isKept)
    isKept = fields.set("vrf_delay", [9])
    #expect(isKept)
    let bytes = fields.bytes
    let read = HelloFields(bytes.span)
    #expect(read?["vrf_delay"] == [9])
    #expect(read?["gossip"] == [])
    #expect(read?["other"] == nil)
    isKept = fields.set("gossip", nil)
    #expect(isKept)
    let rest = fields.bytes
    let less = HelloFields(rest.span)
    #expect(less?["gossip"] == nil && less?["vrf_delay"] == [9])
  }

  @Test func allOfThemHaveOneBound() {
    var fields = HelloFields()
    var isKept = fields.set("a", [UInt8](repeating: 1, count: Hello.fieldMax - 20))
    #expect(isKept)
    let before = fields
    isKept = fields.set("b", [1])
    #expect(!isKept)
    #expect(fields == before)
    isKept = fields.set("b", [])
    #expect(isKept)
    #expect(fields.bytes.count == Hello.fieldMax)
    // What is said instead takes the room of what was said before.
    isKept = fields.set("a", [2])
    #expect(isKept)
  }

  /// Every beginning and every wrong size is refused or read, and never more.
  @Test func nothingIsReadBeyondTheEnd() {
    var fields = HelloFields()
    _ = fields.set("a", [1, 2, 3])
    _ = fields.set("b", [])
    let bytes = fields.bytes
    let whole = [0, 13, bytes.count]
    for size in 0...bytes.count {
      let isRead = HelloFields(bytes.span.extracting(first: size)) != nil
      #expect(isRead == whole.contains(size))
    }
    let twice = bytes + bytes
    let isRead = HelloFields(twice.span) != nil
    #expect(!isRead)
    var random = RandomStream(seed: Seed(1))
    for _ in 0..<10_000 {
      let noise = (0..<Int(random.below(64))).map { _ in UInt8(random.below(4)) }
      if let read = HelloFields(noise.span) { #expect(read.bytes == noise) }
    }
  }
}
