import Glibc
import MixNet

/// Frames of the plain relay: a number, and bytes that follow from it, all of which are compared when they come back.
@safe final class PlainCargo: Cargo {
  /// Bytes of a frame's body.
  static let size = 2_048
  private static let kinds = 64
  private static let rest = size - 8
  private let patterns: UnsafeMutablePointer<UInt8>

  init() {
    unsafe patterns = .allocate(capacity: Self.kinds * Self.rest)
    for kind in 0..<Self.kinds {
      let bytes = Stamp.bytes(UInt64(kind) &* 0x1234_5678_9abc_def1, size: Self.rest)
      for i in 0..<Self.rest { unsafe patterns[kind * Self.rest + i] = bytes[i] }
    }
  }

  deinit { unsafe patterns.deallocate() }

  func writeHead(of number: Int, to head: UnsafeMutablePointer<UInt8>) -> Int {
    let raw = UnsafeMutableRawPointer(head)
    unsafe raw.storeBytes(of: UInt32(Self.size).bigEndian, as: UInt32.self)
    unsafe raw.storeBytes(of: UInt64(number).bigEndian, toByteOffset: 4, as: UInt64.self)
    return 12
  }

  func body(of number: Int) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: patterns + number % Self.kinds * Self.rest, count: Self.rest)
  }

  /// The number of the frame that these bytes are; nil when one of them is wrong.
  func number(of frame: Span<UInt8>) -> Int? {
    guard frame.count == Self.size else { return nil }
    let number = frame.bigEndian(at: 0, as: UInt64.self)
    guard number < 1 << 40 else { return nil }
    let isRight = unsafe frame.withUnsafeBufferPointer { frame in
      guard let base = frame.baseAddress, let pattern = unsafe body(of: Int(number)).baseAddress else { return false }
      return unsafe memcmp(base + 8, pattern, Self.rest) == 0
    }
    return isRight ? Int(number) : nil
  }
}
