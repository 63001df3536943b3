import Testing

@testable import HearsaySim

/// What an observer expects of mixes' own packets.
struct CoverModelTests {
  private let model = CoverModel(layers: 3, width: 2, rate: 20, loops: 1, drops: 4)

  /// Counted by hand: loops of three layers and drop messages of three layers, by where they pass and where they end.
  @Test func flows() {
    // From clients everything goes on; from the last layer all but the first layer's loops.
    #expect(model.goesOn(layer: 0, isFromLast: false, messages: 10) == 1)
    #expect(model.goesOn(layer: 0, isFromLast: true, messages: 10) == 6.0 / 7)
    // Ten messages, two loops and eight drop messages go on, and the second layer's loop ends.
    #expect(model.goesOn(layer: 1, isFromLast: false, messages: 10) == 20.0 / 21)
    // Ten messages; two loops go on to mixes; a loop and twelve drop messages end.
    #expect(model.goesOn(layer: 2, isFromLast: false, messages: 10) == 10.0 / 25)
  }

  /// What the last layer makes does not go to clients.
  @Test func made() {
    #expect(model.made(layer: 0) == 5)
    #expect(model.made(layer: 1) == 5)
    #expect(model.made(layer: 2) == 0)
  }
}
