/// One decoder, or one small group of them, that somebody else's bytes reach.
struct FuzzTarget: Sendable {
  /// The word on the command line.
  let name: String
  /// Who may send the bytes, and what reads them.
  let summary: String
  /// The longest input, in bytes.
  let sizeMax: Int
  /// Inputs to begin with.
  let seeds: @Sendable (Vectors) -> [[UInt8]]
  /// Makes what tries inputs, one after the other. It traps when one is not handled as it must be.
  let make: @Sendable () -> ([UInt8]) -> Void

  static let all: [FuzzTarget] = [
    .frames, .hello, .attach, .links, .headers, .unwrap, .blocks, .fragments, .circuits, .services, .streams, .mailbox,
    .client, .json, .lines, .directory, .texts, .toml, .fields, .conversations, .talks, .proofs, .audits,
    .claims, .tags, .words, .rumours, .trees, .views, .swims, .members, .chunks, .zstd, .health, .scores,
  ]
}

/// Traps with a sentence when what must hold does not.
func check(_ holds: Bool, _ sentence: @autoclosure () -> String) {
  if !holds { fatalError(sentence()) }
}

/// An input as a list of small choices and pieces. Behind its end there are only zeros.
struct Input {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isEmpty: Bool { at >= bytes.count }

  mutating func byte() -> UInt8 {
    guard at < bytes.count else { return 0 }
    defer { at += 1 }
    return bytes[at]
  }

  mutating func number(_ size: Int) -> UInt64 { (0..<size).reduce(0) { value, _ in value << 8 | UInt64(byte()) } }

  mutating func below(_ bound: Int) -> Int { bound > 256 ? Int(number(2)) % bound : Int(byte()) % max(1, bound) }

  /// So many bytes, or as many as there are.
  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, at + max(0, count))
    defer { at = max(at, end) }
    return at < end ? Array(bytes[at..<end]) : []
  }

  /// So many bytes; zeros where there are no more.
  mutating func padded(_ count: Int) -> [UInt8] {
    let part = take(count)
    return part + [UInt8](repeating: 0, count: max(0, count - part.count))
  }

  /// All that is left.
  mutating func rest() -> [UInt8] { take(bytes.count - at) }
}
