/// Which messages of one origin have come, by their numbers: exact for the last 4,096 of them.
///
/// An origin counts its messages from 1 in each of its epochs; an epoch is a life of its process, and later ones have larger numbers.
package struct SequenceWindow: Sendable {
  /// Numbers that are remembered.
  package static let size: UInt64 = 4_096

  package enum Outcome: Hashable, Sendable {
    case new
    /// This number has come before.
    case seen
    /// The number is too old to be told from one that has come.
    case old
    /// Its epoch is over, or it is no number.
    case stale
  }

  package private(set) var epoch: UInt64
  /// The largest number that has come; 0 before the first.
  package private(set) var newest: UInt64 = 0
  /// A bit for each of the last numbers, at its remainder. No `InlineArray`: all of it would be copied for a look at one.
  private var bits = [UInt64](repeating: 0, count: 64)

  package init(epoch: UInt64) { self.epoch = epoch }

  /// Takes note of a message. Numbers begin at 1; 0 is stale.
  package mutating func mark(epoch: UInt64, _ number: UInt64) -> Outcome {
    let outcome = look(epoch: epoch, number)
    guard outcome == .new else { return outcome }
    if epoch > self.epoch { self = Self(epoch: epoch) }
    if number > newest {
      // The places of the numbers between belong to ones that have fallen out.
      if number - newest >= Self.size {
        for word in bits.indices { bits[word] = 0 }
      } else {
        clear(newest + 1..<number)
      }
      newest = number
    }
    bits[Int(truncatingIfNeeded: number % Self.size / 64)] |= 1 << (number % 64)
    return .new
  }

  /// What ``mark(epoch:_:)`` would say.
  package func look(epoch: UInt64, _ number: UInt64) -> Outcome {
    guard number > 0, epoch >= self.epoch else { return .stale }
    guard epoch == self.epoch, number <= newest else { return .new }
    guard newest - number < Self.size else { return .old }
    return isSet(number) ? .seen : .new
  }

  /// Up to this number nothing is missing that is still in the window.
  package var complete: UInt64 {
    var number = newest > Self.size ? newest - Self.size : 0
    while number < newest {
      let (next, left) = (number + 1, newest - number)
      let run = min(UInt64((~rest(of: next)).trailingZeroBitCount), 64 - next % 64)
      number += min(run, left)
      if run < min(left, 64 - next % 64) { break }
    }
    return number
  }

  /// Which of the 64 numbers from `number` on have come, itself the lowest bit; none when it is no longer in the window.
  package func word(from number: UInt64) -> UInt64 {
    guard number > 0, number <= newest, newest - number < Self.size else { return 0 }
    let (shift, above) = (number % 64, newest - number)
    var bits = rest(of: number)
    if above >= 64 - shift, shift > 0 { bits |= rest(of: number + (64 - shift)) << (64 - shift) }
    return above >= 63 ? bits : bits & (1 << (above + 1) - 1)
  }

  /// The bits of a number and of those behind it in the same word of the window, the lowest first.
  private func rest(of number: UInt64) -> UInt64 {
    bits[Int(truncatingIfNeeded: number % Self.size / 64)] >> (number % 64)
  }

  /// Forgets numbers, fewer than the window has.
  private mutating func clear(_ numbers: Range<UInt64>) {
    var number = numbers.lowerBound
    while number < numbers.upperBound {
      let shift = number % 64
      let count = min(numbers.upperBound - number, 64 - shift)
      let mask: UInt64 = count == 64 ? .max : (1 << count - 1) << shift
      bits[Int(truncatingIfNeeded: number % Self.size / 64)] &= ~mask
      number += count
    }
  }

  private func isSet(_ number: UInt64) -> Bool { rest(of: number) & 1 == 1 }
}
