import CZstd
import Gossip
import MixNet

extension FuzzTarget {
  /// An origin: a frame of zstd, made by this program or another one, whole, damaged or made to do harm.
  static let zstd = FuzzTarget(
    name: "zstd", summary: "origins: compressed payloads, with a dictionary and without", sizeMax: 600,
    seeds: { _ in
      let bench = ZstdBench()
      let text = Array(ZstdBench.message(7))
      return [
        [0, 0, 0, 0, UInt8(text.count)] + bench.foreign(text, level: 1, window: 17, flags: 0),
        [1, 0, 0] + text, [1, 1, 3] + text, [2, 0, 3, 9, 1] + text, [2, 1, 8, 40, 255] + text,
        [3, 0, 0, 0, 0, 0] + text, [3, 255, 24, 1, 0, 0] + text, [3, 130, 10, 7, 9, 1] + text,
      ]
    }
  ) {
    let bench = ZstdBench()
    return { bench.look(Input($0)) }
  }
}

/// A codec with a dictionary, and a compressor that does what it is told.
private final class ZstdBench {
  private let codec: ZstdCodec
  private let dictionary: UInt32

  init() {
    var settings = CodecSettings()
    settings.payloadMax = 1 << 17
    guard let trained = DictionaryTrainer.train((0..<2_000).map { Array(Self.message($0)) }, size: 4_096),
      let codec = ZstdCodec(settings, dictionaries: [trained])
    else { fatalError("there is no codec") }
    self.codec = codec
    dictionary = codec.pack(Array(Self.message(1)).span).dictionary
    check(dictionary != 0, "the dictionary is not used")
  }

  static func message(_ number: Int) -> String.UTF8View {
    let place = "\"place\":\"\(number % 5)\",\"humidity\":\(number * 31 % 100)"
    let value = "\"value\":\(number % 40),\"unit\":\"celsius\",\"status\":\"nominal\""
    return "{\"sensor\":\"\(number * 7919 % 1000)\",\(place),\(value)}".utf8
  }

  /// Expands, and says whether that went well.
  private func expand(_ frame: [UInt8], size: Int, dictionary: UInt32) -> [UInt8]? {
    do throws(CodecRefusal) {
      let payload = try codec.expand(frame.span, size: size, dictionary: dictionary)
      check(payload.count == size, "\(payload.count) bytes instead of \(size)")
      check(size <= frame.count * 1_000, "\(size) bytes out of \(frame.count)")
      return payload
    } catch { return nil }
  }

  func look(_ input: Input) {
    var input = input
    switch input.byte() % 4 {
    case 0:
      let (id, size) = (input.byte() == 0 ? 0 : dictionary, Int(input.number(3)))
      _ = expand(input.rest(), size: size, dictionary: id)
    case 1:
      let (withDictionary, times) = (input.byte() % 2 == 1, input.byte())
      _ = pack(payload(&input, times: times), withDictionary)
    case 2: damage(&input)
    default:
      let (flags, window, level, times, cut) = (
        input.byte(), input.byte(), input.byte(), input.byte(), Int(input.byte())
      )
      let payload = payload(&input, times: times)
      let frame = foreign(payload, level: Int32(level % 24) - 4, window: Int32(window % 28), flags: flags)
      let again = expand(frame, size: payload.count, dictionary: 0)
      check(again == nil || again == payload, "another payload comes out")
      // What it says of itself is enough, unless it hides its size or wants too large a window.
      let isFair = flags & 1 == 0 && window % 28 <= 21 && payload.count <= frame.count * 200
      check(!isFair || again == payload || payload.count > 1 << 17, "a fair frame is refused")
      let shorter = expand(Array(frame.dropLast(cut)), size: payload.count, dictionary: 0)
      check(cut == 0 || shorter == nil, "a part of a frame is taken for a whole one")
      check(expand(frame + [0], size: payload.count, dictionary: 0) == nil, "something follows the frame")
      check(expand(frame + frame, size: 2 * payload.count, dictionary: 0) == nil, "two frames are taken for one")
    }
  }

  /// The rest of the input, so many times, and once more.
  private func payload(_ input: inout Input, times: UInt8) -> [UInt8] {
    let part = input.rest()
    return (0...Int(times)).flatMap { _ in part }
  }

  private func pack(_ payload: [UInt8], _ withDictionary: Bool) -> ZstdCodec.Packed {
    let packed = codec.pack(payload.span, withDictionary: withDictionary)
    guard packed.isCompressed else {
      check(packed.bytes == payload && packed.dictionary == 0, "a payload is not as it was")
      return packed
    }
    check(packed.bytes.count + 16 <= payload.count, "nothing is saved")
    let again = expand(packed.bytes, size: payload.count, dictionary: packed.dictionary)
    check(payload.count > 1 << 17 || again == payload, "another payload comes out")
    return packed
  }

  private func damage(_ input: inout Input) {
    let (withDictionary, times, place, change) = (input.byte() % 2 == 1, input.byte(), Int(input.byte()), input.byte())
    let payload = payload(&input, times: times)
    var packed = pack(payload, withDictionary)
    guard packed.isCompressed, change != 0 else { return }
    var bytes = packed.bytes
    bytes[place % bytes.count] ^= change
    _ = expand(bytes, size: payload.count, dictionary: packed.dictionary)
    packed = ZstdCodec.Packed(plain: bytes)
    _ = expand(packed.bytes, size: payload.count, dictionary: 0)
  }

  /// A frame as other programs make it: without its size (1), with a checksum (2), without its dictionary's id (4).
  func foreign(_ payload: [UInt8], level: Int32, window: Int32, flags: UInt8) -> [UInt8] {
    guard let context = unsafe ZSTD_createCCtx() else { fatalError("there is no memory") }
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, min(level, 3))
    if window >= 10 { unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, flags & 1 == 0 ? 1 : 0)
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, flags & 2 == 0 ? 0 : 1)
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, flags & 4 == 0 ? 1 : 0)
    var out = [UInt8](repeating: 0, count: ZSTD_compressBound(payload.count))
    let size = unsafe ZSTD_compress2(context, &out, out.count, payload, payload.count)
    check(ZSTD_isError(size) == 0, "nothing is compressed")
    return Array(out[..<size])
  }
}
