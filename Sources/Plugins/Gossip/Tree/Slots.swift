/// A place for a neighbour: a node has sixteen of them, so that a set of neighbours is a word.
package typealias Slot = Int

/// Some of a node's neighbours.
package struct Slots: Hashable, Sendable {
  /// Places that a node has.
  package static let count = 16

  package private(set) var bits: UInt16

  package init(_ bits: UInt16 = 0) { self.bits = bits }
  package init(_ slots: [Slot]) { bits = slots.reduce(0) { $0 | Self.bit($1) } }

  private static func bit(_ slot: Slot) -> UInt16 { 0..<count ~= slot ? 1 << UInt16(slot) : 0 }

  package func contains(_ slot: Slot) -> Bool { bits & Self.bit(slot) != 0 }
  package mutating func insert(_ slot: Slot) { bits |= Self.bit(slot) }
  package mutating func remove(_ slot: Slot) { bits &= ~Self.bit(slot) }
  package func without(_ other: Slots) -> Slots { Slots(bits & ~other.bits) }
  package func with(_ slot: Slot) -> Slots { Slots(bits | Self.bit(slot)) }
  package func without(_ slot: Slot) -> Slots { Slots(bits & ~Self.bit(slot)) }
  package func and(_ other: Slots) -> Slots { Slots(bits & other.bits) }

  package var isEmpty: Bool { bits == 0 }
  package var size: Int { bits.nonzeroBitCount }

  /// Calls `body` for each, the lowest first.
  package func forEach(_ body: (Slot) -> Void) {
    var rest = bits
    while rest != 0 {
      body(rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
  }
}
