import CZstd
import MixNet

/// Compresses payloads and takes apart what others have compressed, strictly: what a frame may cost is known before it is decoded.
///
/// The dictionaries are what a cluster agreed on; each has an id of its own in its first bytes.
@safe package final class ZstdCodec {
  /// Dictionaries that may be in use at once.
  package static let dictionariesMax = 4

  @safe private struct Dictionary {
    let id: UInt32
    let compressing: OpaquePointer
    let expanding: OpaquePointer
  }

  package let settings: CodecSettings
  private let compressor: OpaquePointer
  private let expander: OpaquePointer
  private var dictionaries: [Dictionary] = []
  private var scratch: [UInt8] = []

  /// A codec with these dictionaries, of which the first is used for what is sent; nil when one of them is none, or has no id, or there is no
  /// memory.
  package init?(_ settings: CodecSettings = CodecSettings(), dictionaries: [[UInt8]] = []) {
    guard dictionaries.count <= Self.dictionariesMax, let compressor = unsafe ZSTD_createCCtx() else { return nil }
    guard let expander = unsafe ZSTD_createDCtx() else {
      unsafe ZSTD_freeCCtx(compressor)
      return nil
    }
    self.settings = settings
    unsafe (self.compressor, self.expander) = (compressor, expander)
    for bytes in dictionaries {
      let id = unsafe ZSTD_getDictID_fromDict(bytes, bytes.count)
      guard id != 0, let compressing = unsafe ZSTD_createCDict(bytes, bytes.count, settings.smallLevel) else {
        return nil
      }
      guard let expanding = unsafe ZSTD_createDDict(bytes, bytes.count) else {
        unsafe ZSTD_freeCDict(compressing)
        return nil
      }
      unsafe self.dictionaries.append(Dictionary(id: id, compressing: compressing, expanding: expanding))
    }
  }

  deinit {
    unsafe ZSTD_freeCCtx(compressor)
    unsafe ZSTD_freeDCtx(expander)
    for dictionary in dictionaries {
      unsafe ZSTD_freeCDict(dictionary.compressing)
      unsafe ZSTD_freeDDict(dictionary.expanding)
    }
  }

  /// How a payload is sent.
  package struct Packed: Equatable, Sendable {
    /// The payload as it is, or a frame of zstd.
    package let bytes: [UInt8]
    package let isCompressed: Bool
    /// The dictionary's id; 0 for none.
    package let dictionary: UInt32

    /// A payload as it is.
    package init(plain bytes: [UInt8]) { (self.bytes, isCompressed, dictionary) = (bytes, false, 0) }

    fileprivate init(compressed bytes: [UInt8], dictionary: UInt32) {
      (self.bytes, isCompressed, self.dictionary) = (bytes, true, dictionary)
    }
  }

  /// Compresses a payload if that saves something worth the work: 16 bytes, and one in twenty. `withDictionary`: false where
  /// who gets it has none.
  package func pack(_ payload: Span<UInt8>, withDictionary: Bool = true) -> Packed {
    let isSmall = payload.count <= settings.smallMax
    let dictionary = isSmall && withDictionary ? dictionaries.first : nil
    let plain = Packed(plain: unsafe payload.withUnsafeBytes { unsafe Array($0) })
    guard payload.count >= (dictionary == nil ? settings.least : settings.leastWithDictionary) else {
      return plain
    }
    let room = max(0, payload.count - max(16, payload.count / 20))
    if scratch.count < room { scratch = [UInt8](repeating: 0, count: room) }
    guard configure(dictionary, isSmall ? settings.smallLevel : settings.largeLevel) else { return plain }
    let context = unsafe compressor
    let size = unsafe payload.withUnsafeBytes { from in
      unsafe scratch.withUnsafeMutableBytes { to in
        unsafe ZSTD_compress2(context, to.baseAddress, room, from.baseAddress, from.count)
      }
    }
    // Most often because it did not fit: then it would not have saved enough.
    // What would look like a bomb goes as it is.
    guard ZSTD_isError(size) == 0, payload.count <= size * settings.ratioMax(payload.count) else { return plain }
    return Packed(compressed: Array(scratch[..<size]), dictionary: dictionary?.id ?? 0)
  }

  private func configure(_ dictionary: Dictionary?, _ level: Int32) -> Bool {
    let results = unsafe [
      ZSTD_CCtx_reset(compressor, ZSTD_reset_session_and_parameters),
      ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, level),
      ZSTD_CCtx_setParameter(compressor, ZSTD_c_windowLog, 17),
      ZSTD_CCtx_setParameter(compressor, ZSTD_c_checksumFlag, 0),
      ZSTD_CCtx_refCDict(compressor, dictionary?.compressing),
    ]
    return results.allSatisfy { ZSTD_isError($0) == 0 }
  }

  /// Expands a frame to a payload of `size` bytes, which the message says, as it says the dictionary.
  package func expand(
    _ frame: Span<UInt8>, size: Int, dictionary id: UInt32
  ) throws(CodecRefusal) -> [UInt8] {
    let facts = try ZstdFrame(frame)
    guard size <= settings.payloadMax, facts.size == UInt64(clamping: size) else { throw .wrongSize }
    guard facts.window <= max(settings.windowMax, facts.size) else { throw .windowTooLarge }
    guard facts.dictionary == id else { throw .unknownDictionary }
    guard size <= frame.count * settings.ratioMax(size) else { throw .ratioTooHigh }
    let dictionary = dictionaries.first { $0.id == id }
    guard id == 0 || dictionary != nil else { throw .unknownDictionary }
    let context = unsafe expander
    var written = 0
    let payload = unsafe [UInt8](unsafeUninitializedCapacity: size) { out, count in
      written = unsafe frame.withUnsafeBytes { raw in
        if let dictionary {
          unsafe ZSTD_decompress_usingDDict(
            context, out.baseAddress, size, raw.baseAddress, raw.count, dictionary.expanding)
        } else {
          unsafe ZSTD_decompressDCtx(context, out.baseAddress, size, raw.baseAddress, raw.count)
        }
      }
      count = written == size ? size : 0
    }
    guard written == size else { throw .damaged }
    return payload
  }
}
