/// A table: its entries in the order of the file.
public struct TOMLTable: Equatable, Sendable {
  /// One key of a table, its value, and where both stand.
  public struct Entry: Equatable, Sendable {
    /// The key, without quotes.
    public var key: String
    /// Where the key was first written; inside of the brackets for a table with a header.
    public var keyPosition: TOMLPosition
    /// The value.
    public var value: TOMLValue
    /// Where the value begins; at the bracket for a table with a header.
    public var position: TOMLPosition
  }

  /// The entries in the order in which their keys first stand in the file.
  public private(set) var entries: [Entry] = []
  // For look-ups only: it is never iterated, so its order shows nowhere.
  private var places: [String: Int] = [:]

  /// A table without entries.
  public init() {}

  /// The entry of `key`, or nil.
  public subscript(key: String) -> Entry? { places[key].map { entries[$0] } }

  /// Tables are equal when their entries are, in the same order and at the same places.
  public static func == (a: Self, b: Self) -> Bool { a.entries == b.entries }

  mutating func append(_ entry: Entry) {
    places[entry.key] = entries.count
    entries.append(entry)
  }
}
