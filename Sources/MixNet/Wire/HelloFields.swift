/// What the stages of a chain say to a peer with the handshake: a few bytes under each stage's name.
///
/// In the ``Hello``: for each entry the name's tag u64, a size u16 and the bytes; in all at most ``Hello/fieldMax`` bytes.
/// A reader passes over names that it does not know.
public struct HelloFields: Equatable, Sendable {
  private struct Entry: Equatable, Sendable {
    let tag: UInt64
    let bytes: [UInt8]
  }

  private static let headSize = 10
  private var entries: [Entry] = []

  /// Nobody says anything.
  public init() {}

  /// Reads a hello's field; nil when it is not made of entries, or a name comes twice.
  public init?(_ field: Span<UInt8>) {
    var at = 0
    while at < field.count {
      guard field.count - at >= Self.headSize else { return nil }
      let tag = field.bigEndian(at: at, as: UInt64.self)
      let size = Int(field.bigEndian(at: at + 8, as: UInt16.self))
      at += Self.headSize
      guard field.count - at >= size, !entries.contains(where: { $0.tag == tag }) else { return nil }
      entries.append(Entry(tag: tag, bytes: (at..<at + size).map { field[$0] }))
      at += size
    }
  }

  /// What is said under a stage's name.
  public subscript(_ name: String) -> [UInt8]? {
    let tag = Self.tag(name)
    return entries.first { $0.tag == tag }?.bytes
  }

  /// Says `bytes` under a stage's name instead of what was said there; nothing more when nil. False, and nothing has changed,
  /// when there is no room.
  public mutating func set(_ name: String, _ bytes: [UInt8]?) -> Bool {
    let tag = Self.tag(name)
    let others = entries.filter { $0.tag != tag }
    guard let bytes else {
      entries = others
      return true
    }
    let used = others.reduce(0) { $0 + Self.headSize + $1.bytes.count }
    guard used + Self.headSize + bytes.count <= Hello.fieldMax else { return false }
    entries = others + [Entry(tag: tag, bytes: bytes)]
    return true
  }

  /// A hello's field.
  public var bytes: [UInt8] {
    entries.flatMap { entry in
      var head = [UInt8](repeating: 0, count: Self.headSize)
      var out = head.mutableSpan
      out.put(bigEndian: entry.tag, at: 0)
      out.put(bigEndian: UInt16(truncatingIfNeeded: entry.bytes.count), at: 8)
      return head + entry.bytes
    }
  }

  private static func tag(_ name: String) -> UInt64 {
    Fingerprint.of("hearsay hello " + name).prefix
  }
}
