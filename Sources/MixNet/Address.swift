/// Where a socket listens or connects to: a numeric IP address with a port, or the path of a Unix socket; or the name of a host,
/// which a link looks up each time that it connects.
public enum Address: Hashable, Sendable, CustomStringConvertible {
  /// `a.b.c.d:port`; the bytes in network order.
  case ipv4(InlineBytes4, port: UInt16)
  /// `[x:y::z]:port`; the bytes in network order.
  case ipv6(InlineBytes16, port: UInt16)
  /// `host.example:port`, in lower case. Sockets take none: a ``Resolver`` makes numeric addresses of it.
  case name(String, port: UInt16)
  /// `unix:PATH`, of at most ``Address/unixPathMax`` bytes.
  case unix(String)

  /// What `sun_path` of a Unix socket's address holds, less its final zero.
  public static let unixPathMax = 107

  /// Reads what ``init(_:)`` reads, and `host.example:9001` as well.
  public static func target(_ text: String) -> Address? {
    if let address = Address(text) { return address }
    guard let colon = text.lastIndex(of: ":"), let name = HostName.read(text[..<colon]),
      let port = port(text[text.index(after: colon)...])
    else { return nil }
    return .name(name, port: port)
  }

  /// Reads `127.0.0.1:9001`, `[::1]:9001` or `unix:PATH`; nil for anything else.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count <= Self.unixPathMax, !path.utf8.contains(0) else { return nil }
      self = .unix(path)
      return
    }
    guard let colon = text.lastIndex(of: ":") else { return nil }
    guard let port = Self.port(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      guard let bytes = IPText.ipv6(host.dropFirst().dropLast()) else { return nil }
      self = .ipv6(InlineBytes16(bytes), port: port)
    } else {
      guard let bytes = IPText.ipv4(host) else { return nil }
      self = .ipv4(InlineBytes4(bytes), port: port)
    }
  }

  /// The loopback address with `port`; port 0 asks the system for a free one.
  public static func loopback(port: UInt16) -> Address { .ipv4(InlineBytes4([127, 0, 0, 1]), port: port) }

  /// The port, or nil for a Unix socket.
  public var port: UInt16? {
    switch self {
    case .ipv4(_, let port), .ipv6(_, let port), .name(_, let port): port
    case .unix: nil
    }
  }

  /// The same address with another port; nil for the path of a Unix socket, which has none.
  public func with(port: UInt16) -> Address? {
    switch self {
    case .ipv4(let bytes, _): .ipv4(bytes, port: port)
    case .ipv6(let bytes, _): .ipv6(bytes, port: port)
    case .name(let name, _): .name(name, port: port)
    case .unix: nil
    }
  }

  /// The text that ``target(_:)`` reads.
  public var description: String {
    switch self {
    case .ipv4(let bytes, let port): "\(bytes.array.map(String.init).joined(separator: ".")):\(port)"
    case .ipv6(let bytes, let port): "[\(IPText.text(ipv6: bytes.array))]:\(port)"
    case .name(let name, let port): "\(name):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  private static func port(_ digits: Substring) -> UInt16? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt16(digits)
  }
}

/// Four bytes by value.
public struct InlineBytes4: Hashable, Sendable {
  /// The bytes as one number, the first one on top.
  public let word: UInt32
  /// The bytes of `word`, the top one first.
  public init(word: UInt32) { self.word = word }
  init(_ bytes: [UInt8]) { word = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
  /// The bytes as an array.
  public var array: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
}

/// Sixteen bytes by value.
public struct InlineBytes16: Hashable, Sendable {
  /// The first eight bytes as one number, the first one on top.
  public let high: UInt64
  /// The last eight bytes as one number.
  public let low: UInt64
  /// The bytes of `high` and then of `low`, the top one first.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
  init(_ bytes: [UInt8]) {
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
  /// The bytes as an array.
  public var array: [UInt8] {
    [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } }
  }
}
