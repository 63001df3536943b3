import Testing

@testable import LinuxNet

@Suite struct DescriptorTableTests {
  @Test func numbersAreNeverGivenTwice() {
    var table = DescriptorTable()
    var seen: Set<UInt64> = []
    for round in 0..<100 {
      let numbers = (0..<5).map { table.insert(Int32($0), .connected, owner: 0) }
      for (i, number) in numbers.enumerated() {
        #expect(seen.insert(number).inserted && number >= 1 << 32)
        #expect(table.place(of: number).map { table[$0].descriptor } == Int32(i))
      }
      for number in round % 2 == 0 ? numbers : numbers.reversed() {
        if let place = table.place(of: number) { _ = table.remove(at: place) }
      }
    }
    #expect(table.count == 5)
    #expect(seen.allSatisfy { table.place(of: $0) == nil })
  }

  @Test func aPlaceWithoutGenerationsIsRetired() throws {
    var table = DescriptorTable()
    let first = table.insert(1, .connected, owner: 0)
    let place = try #require(table.place(of: first))
    table.wearOut(place: place)
    let last = table.number(at: place)
    #expect(table.place(of: last) == place)
    _ = table.remove(at: place)
    #expect(table.place(of: last) == nil)
    let next = table.insert(2, .connected, owner: 0)
    #expect(table.place(of: next) != place)
  }

  @Test func strangeNumbersFindNothing() {
    var table = DescriptorTable()
    let listener = table.insert(3, .listener, owner: 0)
    for number in [0, 1, 1 << 32 | 1, .max, listener + 1, listener + 1 << 32] as [UInt64] {
      #expect(table.place(of: number) == nil)
    }
  }
}
