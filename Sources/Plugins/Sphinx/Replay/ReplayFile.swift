import MixNet

/// The form of the file in which a node keeps the replay tags of one key. It is only ever added to.
///
/// A head names the key and the chain. Records follow, of a head and a body of up to 65,535 times 16 bytes each. Every record
/// has a check over itself and the key, a lane (the worker that wrote it) and its number in that lane, so a record that is
/// missing shows, while one that a crash has cut is passed over: what it stood for was never let out. Numbers are big-endian.
struct ReplayFile {
  /// What a record says.
  enum Kind: UInt8 {
    /// These tags are taken.
    case tags = 1
    /// A run has begun that says its tags only when it ends.
    case begun = 2
    /// It has ended: all its tags are in the file, and so many are there in all.
    case ended = 3
  }

  /// A record without its body.
  struct Head: Equatable {
    let kind: Kind
    let lane: UInt8
    let number: UInt32
    /// Bytes of the body.
    let bodySize: Int
  }

  /// What names the key.
  let key: Bytes32
  let chain: String
  private let keyBytes: [UInt8]

  /// The file of a chain's tags under a key.
  init(key: Bytes32, chain: String) {
    (self.key, self.chain) = (key, chain)
    keyBytes = key.array
  }

  /// Bytes of the file's head, of a record's head, and of the largest body.
  static let headSize = 96
  static let recordHead = 32
  private static let keySize = 32
  static let tagsMax = 65_535
  /// Lanes that a file can have: one for each worker that a node may have.
  static let lanes = 64
  private static let name = Array("hearsay-replay-1".utf8)
  static let mark: [UInt8] = [0xc7, 0x52, 0x70, 0x6c, 0x79, 0x54, 0x61, 0x67]

  /// The name of the key's file: each key has its own.
  static func path(_ prefix: String, key: Bytes32) -> String {
    prefix + "." + Hex.text(Array(key.array.prefix(8)))
  }

  /// The file's head.
  var head: [UInt8] {
    let bytes = Self.name + key.array + Fingerprint.of(chain).array
    return bytes + Fingerprint.of(bytes).array.prefix(16)
  }

  /// What is wrong with a file's head; nil when it is this file's.
  func fault(inHead bytes: ArraySlice<UInt8>) -> String? {
    let bytes = Array(bytes)
    guard bytes.count == Self.headSize, Array(bytes[..<16]) == Self.name,
      bytes[80...].elementsEqual(Fingerprint.of(Array(bytes[..<80])).array.prefix(16))
    else { return "is damaged" }
    if !bytes[16..<48].elementsEqual(key.array) { return "belongs to another key" }
    return bytes == head
      ? nil
      : "belongs to another chain, whose packets this one would take again: give each chain's replay a file of its own, "
        + "and the node a new key"
  }

  /// A whole record. The body has a multiple of 16 bytes, at most ``tagsMax`` times.
  func record(_ kind: Kind, lane: Int, number: UInt32, body: [UInt8] = []) -> [UInt8] {
    // First what is checked: the key, the head, the body. In the record the check stands in the head's place, and the head
    // before it: all of it in one array, as a node that keeps tags makes a record in most of its turns.
    var record: [UInt8] = []
    record.reserveCapacity(Self.keySize + 16 + body.count)
    record += keyBytes
    record += Self.mark
    let units = UInt64(UInt16(clamping: body.count / 16))
    let rest = UInt64(kind.rawValue) << 56 | UInt64(UInt8(clamping: lane)) << 48 | units << 32 | UInt64(number)
    for place in 0..<8 { record.append(UInt8(truncatingIfNeeded: rest >> UInt64(56 - 8 * place))) }
    record += body
    let check = Self.check(of: record)
    var span = record.mutableSpan
    Bytes16(span.span, at: Self.keySize).write(to: &span, at: Self.keySize - 16)
    check.write(to: &span, at: Self.keySize)
    record.removeFirst(Self.keySize - 16)
    return record
  }

  /// The record that ends a run after which so many tags are in the file.
  func end(lane: Int, number: UInt32, tags: Int) -> [UInt8] {
    var body = [UInt8](repeating: 0, count: 16)
    for place in 0..<8 { body[place] = UInt8(truncatingIfNeeded: tags >> (56 - 8 * place)) }
    return record(.ended, lane: lane, number: number, body: body)
  }

  /// The head of a record that begins at the first of these bytes; nil when there is none. There are ``recordHead`` bytes.
  static func recordHead(_ bytes: ArraySlice<UInt8>) -> Head? {
    let start = bytes.startIndex
    guard bytes.count >= recordHead, bytes[start..<start + 8].elementsEqual(mark),
      let kind = Kind(rawValue: bytes[start + 8]), bytes[start + 9] < lanes
    else { return nil }
    let units = Int(bytes[start + 10]) << 8 | Int(bytes[start + 11])
    let number = bytes[start + 12..<start + 16].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    return Head(kind: kind, lane: bytes[start + 9], number: number, bodySize: 16 * units)
  }

  /// Whether these bytes are a record as it was written.
  func isWhole(_ record: ArraySlice<UInt8>) -> Bool {
    let start = record.startIndex
    let check = Self.check(of: keyBytes + record[start..<start + 16] + record[(start + Self.recordHead)...])
    return Bytes16(Array(record[start + 16..<start + Self.recordHead])) == check
  }

  /// The check of a key, a record's first 16 bytes and its body.
  private static func check(of bytes: [UInt8]) -> Bytes16 {
    let digest = Fingerprint.of(bytes).words
    return Bytes16(words: [digest[0], digest[1]])
  }
}
