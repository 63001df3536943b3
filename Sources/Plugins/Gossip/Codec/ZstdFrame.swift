import CZstd
import MixNet

/// What the header of a zstd frame says (RFC 8878, 3.1.1), read before anything is decoded.
struct ZstdFrame {
  let size: UInt64
  let window: UInt64
  let dictionary: UInt32

  /// Reads the header of the one frame that the bytes are.
  init(_ bytes: Span<UInt8>) throws(CodecRefusal) {
    // Skippable frames have other numbers.
    guard bytes.count >= 6, bytes.bigEndian(at: 0, as: UInt32.self).byteSwapped == 0xfd2f_b528 else {
      throw .notOneFrame
    }
    let facts = unsafe bytes.withUnsafeBytes { raw in
      unsafe (
        whole: ZSTD_findFrameCompressedSize(raw.baseAddress, raw.count),
        size: ZSTD_getFrameContentSize(raw.baseAddress, raw.count),
        dictionary: ZSTD_getDictID_fromFrame(raw.baseAddress, raw.count)
      )
    }
    guard ZSTD_isError(facts.whole) == 0, facts.whole == bytes.count else { throw .notOneFrame }
    // The two largest numbers stand for "unknown" and "error".
    guard facts.size < .max - 1 else { throw .wrongSize }
    (size, dictionary) = (facts.size, facts.dictionary)
    let isSingleSegment = bytes[4] & 0x20 != 0
    let base = UInt64(1) << UInt64(10 + bytes[5] >> 3)
    window = isSingleSegment ? facts.size : base + base / 8 * UInt64(bytes[5] & 7)
  }
}
