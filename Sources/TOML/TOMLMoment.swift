/// A date, a time of day, or both, as a document writes them (RFC 3339). The parser has checked that it exists.
public struct TOMLMoment: Hashable, Sendable, CustomStringConvertible {
  /// A day of the calendar.
  public struct Date: Hashable, Sendable {
    /// The year, the month from 1 and the day from 1.
    public var year: Int, month: Int, day: Int
  }

  /// A time of day.
  public struct Time: Hashable, Sendable {
    /// Hour, minute and second.
    public var hour: Int, minute: Int, second: Int
    /// The part of a second in nanoseconds; more digits are cut off.
    public var nanosecond: Int
  }

  /// The date, unless it is a time alone.
  public var date: Date?
  /// The time, unless it is a date alone.
  public var time: Time?
  /// Minutes ahead of UTC, when it has an offset.
  public var offsetMinutes: Int?

  /// The text that TOML reads as this value, such as `1979-05-27T07:32:00.5Z`.
  public var description: String {
    let parts = [date.map(Self.text), time.map(Self.text)].compactMap(\.self)
    return parts.joined(separator: "T") + (offsetMinutes.map(Self.text(offset:)) ?? "")
  }

  private static func text(_ date: Date) -> String {
    "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
  }

  private static func text(_ time: Time) -> String {
    let whole = "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
    guard time.nanosecond != 0 else { return whole }
    var digits = padded(time.nanosecond, 9)
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)"
  }

  private static func text(offset minutes: Int) -> String {
    guard minutes != 0 else { return "Z" }
    let size = minutes.magnitude
    return "\(minutes < 0 ? "-" : "+")\(padded(Int(size / 60), 2)):\(padded(Int(size % 60), 2))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
