import MixNet
import Sphinx

/// A stand-in for Sphinx that hides nothing from anybody and is quick.
///
/// Sizes and places are Sphinx's: 32 bytes that change at each hop and from which each hop's secret follows, a mac of 16,
/// a beta of five blocks of 60, a payload under one layer a hop, a reply block of 396 bytes that does not tell the route.
/// So are the refusals: a flipped bit of the header is a bad mac at the next node, one of the payload spoils the payload
/// for its reader, a packet for another node's key is a bad mac, and a packet that comes twice has the same tag. What
/// stands in for each primitive is a multiplication or two; a node's public key is the fingerprint of its key file.
enum StubFormat {
  static let header = SphinxSize.header
  static let block = 60
  static let alpha = 0..<32
  static let mac = 32..<48
  static let beta = 48..<348

  /// In a block, as in Sphinx.
  static let forwardFlag: UInt8 = 1
  static let finalFlag: UInt8 = 2
  static let version: UInt16 = 260
  static let versionAt = 2
  static let address = 4
  static let delay = 36
  static let nextMAC = 44
  static let identifier = 36

  /// A payload: 16 bytes that check the rest, the message, a byte 1, zeros.
  static let check = 16
  static let mark: UInt8 = 1

  /// A reply block: header, the first hop's address, the last hop's seed.
  static let surb = header + 32 + 16

  /// The key of the node with this key file.
  static func key(ofFile bytes: [UInt8]) -> Bytes32 { Fingerprint.of(bytes) }

  /// What a hop and the sender share.
  struct Secret {
    let tag: Bytes32
    /// The payload's layer.
    let seed: Bytes16
    fileprivate let macKey: UInt64
    /// The alpha of the next hop.
    let next: Bytes32

    init(_ alpha: Bytes32, _ key: Bytes32) {
      var state = StubHash(alpha.words[3] ^ key.words[3])
      for i in 0..<4 {
        state.add(alpha.words[i])
        state.add(key.words[i])
      }
      tag = Bytes32(words: [state.next(), state.next(), state.next(), state.next()])
      seed = Bytes16(words: [state.next(), state.next() | 1])
      macKey = state.next()
      next = Bytes32(words: [state.next(), state.next(), state.next(), state.next()])
    }
  }

  /// The mac of a beta.
  static func mac(_ beta: Span<UInt8>, _ secret: Secret) -> Bytes16 {
    var state = StubHash(secret.macKey)
    state.add(beta)
    return Bytes16(words: [state.next(), state.next()])
  }

  /// Puts a layer onto the bytes from `offset` on, or takes it off.
  static func layer(_ bytes: inout MutableSpan<UInt8>, from offset: Int, _ seed: Bytes16) {
    let (first, step) = (seed.words[0], seed.words[1])
    unsafe bytes.withUnsafeMutableBytes { memory in
      guard offset <= memory.count, let start = memory.baseAddress else { return }
      let words = (memory.count - offset) / 8
      // Four words at a time, which is a quarter of the instructions. Little-endian, as the machines are that it runs on.
      var pads = SIMD4(first, first &+ step, first &+ 2 &* step, first &+ 3 &* step)
      for i in 0..<words / 4 {
        let at = offset + 32 * i
        let four = unsafe start.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
        unsafe start.storeBytes(of: four ^ pads, toByteOffset: at, as: SIMD4<UInt64>.self)
        pads &+= SIMD4(repeating: 4 &* step)
      }
      for i in words / 4 * 4..<words {
        let at = offset + 8 * i
        let word = unsafe memory.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        unsafe memory.storeBytes(
          of: word ^ (first &+ UInt64(i) &* step), toByteOffset: at, as: UInt64.self)
      }
      let rest = first &+ UInt64(words) &* step
      for at in offset + 8 * words..<memory.count {
        unsafe memory[at] ^= UInt8(truncatingIfNeeded: rest >> UInt64(8 * (at - offset - 8 * words)))
      }
    }
  }

  /// The bytes that check a payload.
  private static func check(of payload: Span<UInt8>) -> Bytes16 {
    var state = StubHash(0x9e37_79b9_7f4a_7c15)
    state.add(payload.extracting(check..<payload.count))
    return Bytes16(words: [state.next(), state.next()])
  }

  /// Writes a payload from `offset` to the end.
  static func write(_ message: Span<UInt8>, into packet: inout MutableSpan<UInt8>, from offset: Int) {
    let start = offset + check
    unsafe packet.withUnsafeMutableBytes { target in
      unsafe message.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[start..<start + source.count]).copyMemory(from: source)
      }
      let end = start + message.count
      unsafe target[end] = mark
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[(end + 1)...])
      unsafe rest.initializeMemory(as: UInt8.self, repeating: 0)
    }
    let checked = check(of: packet.span.extracting(offset..<packet.count))
    checked.write(to: &packet, at: offset)
  }

  /// Where the message lies in a payload; nil when the payload was changed.
  static func message(in payload: Span<UInt8>) -> Range<Int>? {
    guard payload.count > check, Bytes16(payload) == check(of: payload) else { return nil }
    return unsafe payload.withUnsafeBytes { memory in
      var end = memory.count
      while end >= check + 8, unsafe memory.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 { end -= 8 }
      while end > check, unsafe memory[end - 1] != mark { end -= 1 }
      return end > check ? check..<end - 1 : nil
    }
  }
}
