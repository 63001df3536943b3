/// Inputs of two classes, from which one at a time is taken in the same way whichever class it is of: both are read, a mask chooses,
/// and what is chosen always lies at the same place. Else caches and the prediction of branches would tell the classes apart, and not
/// the code that is measured.
struct TimedInputs {
  static let count = 1_024

  private let first: [[UInt8]]
  private let second: [[UInt8]]
  /// The input that was taken last.
  private(set) var chosen: [UInt8]

  /// As many inputs of each class, all of one size.
  init(_ first: [[UInt8]], _ second: [[UInt8]]) {
    (self.first, self.second, chosen) = (first, second, first.first ?? [])
  }

  /// Takes the input at a place from one of both classes.
  mutating func choose(_ isSecond: UInt8, _ place: Int) {
    let (one, other) = (first[place], second[place])
    let mask = 0 &- isSecond
    for i in chosen.indices { chosen[i] = one[i] ^ (mask & (one[i] ^ other[i])) }
  }
}
