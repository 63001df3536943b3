import Glibc

/// Numbers for people.
enum Decimals {
  /// A number with at most so many decimals.
  static func text(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    let scale = pow(10, Double(places))
    let rounded = (value * scale).rounded() / scale
    return places == 0 && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }
}
