import CZstd
import Gossip
import MixNet
import Testing

struct CodecTests {
  /// Messages as programs send them: JSON with a few changing fields.
  private static func message(_ number: Int) -> [UInt8] {
    let cities = ["Lausanne", "Berlin", "Oslo", "Kyoto", "Quito"]
    return Array(
      #"{"sensor":"\#(number * 7919 % 1000)","city":"\#(cities[number % 5])","temperature":\#(number % 40),"humidity":\#(number * 31 % 100),"unit":"celsius","status":"nominal"}"#
        .utf8)
  }
  private static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = RandomStream(seed: Seed(seed))
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
  private static func dictionary() throws -> [UInt8] {
    let trained = DictionaryTrainer.train((0..<3_000).map(message), size: 8_192)
    return try #require(trained)
  }
  private static func codec(_ dictionaries: [[UInt8]] = [], _ change: (inout CodecSettings) -> Void = { _ in }) throws
    -> ZstdCodec
  {
    var settings = CodecSettings()
    change(&settings)
    guard let codec = ZstdCodec(settings, dictionaries: dictionaries) else { throw CodecRefusal.unknownDictionary }
    return codec
  }
  private static func pack(_ codec: ZstdCodec, _ payload: [UInt8], withDictionary: Bool = true) -> ZstdCodec.Packed {
    codec.pack(payload.span, withDictionary: withDictionary)
  }
  /// What becomes of a frame.
  private static func refusal(
    _ codec: ZstdCodec, _ frame: [UInt8], size: Int, dictionary: UInt32 = 0
  ) -> CodecRefusal? {
    do throws(CodecRefusal) {
      _ = try codec.expand(frame.span, size: size, dictionary: dictionary)
      return nil
    } catch { return error }
  }
  /// A frame that some other program made.
  private static func frame(_ payload: [UInt8], window: Int32 = 17, saysSize: Bool = true) -> [UInt8] {
    let context = unsafe ZSTD_createCCtx()
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window)
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, saysSize ? 1 : 0)
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 19)
    var out = [UInt8](repeating: 0, count: ZSTD_compressBound(payload.count))
    let size = unsafe ZSTD_compress2(context, &out, out.count, payload, payload.count)
    return Array(out[..<size])
  }

  /// What is packed comes out again, whatever its size.
  @Test func whatIsPackedComesOut() throws {
    let trained = try Self.dictionary()
    let codec = try Self.codec([trained])
    let payloads =
      [[], [1], Self.bytes(300), Self.bytes(5_000), [UInt8](repeating: 7, count: 100_000)]
      + (0..<200).map(Self.message) + [(0..<100).flatMap(Self.message)]
    for payload in payloads {
      let packed = Self.pack(codec, payload)
      if packed.isCompressed {
        #expect(packed.bytes.count <= payload.count - 16)
        let out = try codec.expand(packed.bytes.span, size: payload.count, dictionary: packed.dictionary)
        #expect(out == payload)
      } else {
        #expect(packed.bytes == payload && packed.dictionary == 0)
      }
    }
  }

  /// Small messages need the dictionary; noise is left as it is; large ones do without.
  @Test func dictionariesAreForSmallMessages() throws {
    let trained = try Self.dictionary()
    let codec = try Self.codec([trained])
    let small = Self.message(9_999)
    let with = Self.pack(codec, small)
    let without = Self.pack(codec, small, withDictionary: false)
    #expect(with.isCompressed && with.dictionary != 0 && with.bytes.count * 2 < small.count)
    #expect(!without.isCompressed)
    let noise = Self.pack(codec, Self.bytes(300))
    #expect(!noise.isCompressed)
    let large = Self.pack(codec, (0..<100).flatMap(Self.message))
    #expect(large.isCompressed && large.dictionary == 0)
  }

  @Test("fault 24: frames of zstd that are made to grow") func bombsAreRefused() throws {
    let codec = try Self.codec { $0.payloadMax = 1 << 28 }
    for size in [60_000, 1 << 16, 1 << 17, 1 << 22] {
      let frame = Self.frame([UInt8](repeating: 0, count: size))
      #expect(Self.refusal(codec, frame, size: size) == .ratioTooHigh, "\(size) bytes of \(frame.count)")
    }
    let strict = try Self.codec { $0.payloadMax = 1_000 }
    let large = Self.frame(Self.bytes(1_001))
    #expect(Self.refusal(strict, large, size: 1_001) == .wrongSize)
  }

  @Test("fault 24: more than one frame, or less") func whatIsNotOneFrameIsRefused() throws {
    let codec = try Self.codec()
    let payload = (0..<20).flatMap(Self.message)
    let frame = Self.frame(payload)
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
    #expect(Self.refusal(codec, frame, size: payload.count) == nil)
    for other in [frame + [0], frame + frame, skippable, skippable + frame, frame + skippable, [], payload] {
      #expect(Self.refusal(codec, other, size: payload.count) == .notOneFrame)
    }
    for length in 0..<frame.count {
      #expect(Self.refusal(codec, Array(frame.prefix(length)), size: payload.count) == .notOneFrame)
    }
    let unsaid = Self.frame(payload, saysSize: false)
    #expect(Self.refusal(codec, unsaid, size: payload.count) == .wrongSize)
    #expect(Self.refusal(codec, frame, size: payload.count - 1) == .wrongSize)
    #expect(Self.refusal(codec, frame, size: payload.count, dictionary: 5) == .unknownDictionary)
  }

  @Test("fault 24: a window that nobody needs") func windowsAreBounded() throws {
    let codec = try Self.codec { $0.windowMax = 1 << 17 }
    // Noise, then the same noise again far behind it: a window that is larger than what it holds is not written down.
    let payload = Self.bytes(1 << 19)
    #expect(Self.refusal(codec, Self.frame(payload, window: 17), size: payload.count) == nil)
    #expect(
      Self.refusal(codec, Self.frame(payload, window: 18), size: payload.count) == nil, "smaller than the payload")
    var header = Self.frame(payload, window: 17)
    // 2 to the power of 31.
    header[5] = 21 << 3
    #expect(Self.refusal(codec, header, size: payload.count) == .windowTooLarge)
  }

  /// A frame made with a dictionary that the node does not have.
  @Test("fault 24: dictionaries that the node does not have") func foreignDictionariesAreRefused() throws {
    let trained = try Self.dictionary()
    let (with, without) = (try Self.codec([trained]), try Self.codec())
    let packed = Self.pack(with, Self.message(5))
    let size = Self.message(5).count
    #expect(packed.dictionary != 0)
    #expect(Self.refusal(without, packed.bytes, size: size, dictionary: packed.dictionary) == .unknownDictionary)
    #expect(Self.refusal(with, packed.bytes, size: size) == .unknownDictionary)
    #expect(Self.refusal(with, packed.bytes, size: size, dictionary: packed.dictionary) == nil)
    let isRefused = ZstdCodec(dictionaries: [Self.bytes(5_000)]) == nil
    #expect(isRefused)
  }

  /// Bytes that change on their way never trap, and what comes out has the size that was said.
  @Test func damagedFrames() throws {
    let trained = try Self.dictionary()
    let codec = try Self.codec([trained])
    var random = RandomStream(seed: Seed(3))
    let payload = (0..<8).flatMap(Self.message)
    let packed = Self.pack(codec, payload)
    var refusals: Set<CodecRefusal> = []
    for _ in 0..<20_000 {
      var frame = packed.bytes
      for _ in 0..<1 + random.below(3) { frame[Int(random.below(UInt64(frame.count)))] = UInt8(random.below(256)) }
      if let refusal = Self.refusal(codec, frame, size: payload.count, dictionary: packed.dictionary) {
        refusals.insert(refusal)
      }
    }
    #expect(refusals.isSuperset(of: [.notOneFrame, .wrongSize, .unknownDictionary, .damaged]))
  }

  @Test func aDictionaryNeedsSamples() {
    #expect(DictionaryTrainer.train([], size: 8_192) == nil)
    #expect(DictionaryTrainer.train([[1], [2]], size: 8_192) == nil)
  }
}
