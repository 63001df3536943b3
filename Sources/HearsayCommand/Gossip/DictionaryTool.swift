import Gossip
import LinuxNet
import MixNet
import OrderedJSON

/// `hearsay gossip train`: makes a dictionary and tells what it is worth.
struct DictionaryTool {
  private let paths: [String]
  private let out: String
  private let size: Int
  private let hasLines: Bool
  private let isJSON: Bool

  /// Bytes of all samples together.
  private static let bytesMax = 256 << 20

  init(_ arguments: Arguments, _ rest: [String]) throws(UsageError) {
    guard !rest.isEmpty else { throw UsageError("'gossip train' needs files with samples") }
    paths = rest
    out = try arguments.required("out")
    // A node reads a dictionary of this size at most.
    size = try arguments.int("size", default: 16_384, in: 256...1 << 20)
    hasLines = arguments.has("lines")
    isJSON = arguments.has("json")
  }

  func run() throws(CommandError) -> Int32 {
    let samples = try samples()
    let kept = samples.enumerated().filter { $0.offset % 5 != 4 }.map(\.element)
    let heldOut = samples.enumerated().filter { $0.offset % 5 == 4 }.map(\.element)
    let bytes = samples.reduce(0) { $0 + $1.count }
    let advice = "some thousand samples, a hundred times the dictionary's size together, make a good one"
    guard !heldOut.isEmpty else { throw CommandError("\(samples.count) samples are too few: \(advice)") }
    guard let dictionary = DictionaryTrainer.train(kept, size: size),
      let plain = ZstdCodec(), let trained = ZstdCodec(dictionaries: [dictionary])
    else {
      throw CommandError(
        "no dictionary of \(size) bytes can be made of \(samples.count) samples of \(bytes) bytes: \(advice)")
    }
    do { try writeFile(out, dictionary, mode: 0o644) } catch { throw CommandError(error.description) }
    let (before, after) = (ratio(heldOut, plain), ratio(heldOut, trained))
    if isJSON {
      Terminal.out(
        JSON.object([
          ("ok", .bool(true)), ("file", .text(out)), ("bytes", .int(dictionary.count)),
          ("samples", .int(samples.count)), ("held_out", .int(heldOut.count)), ("ratio_before", .double(before)),
          ("ratio_after", .double(after)),
        ]).line)
    } else {
      Terminal.out("\(out): \(dictionary.count) bytes, made of \(kept.count) samples")
      Terminal.out(
        "\(heldOut.count) samples that it has not seen: \(JSON.rounded(before)) times smaller without it, "
          + "\(JSON.rounded(after)) times with it")
    }
    if after <= before { Terminal.note("hearsay: this dictionary is worth nothing for such messages") }
    return 0
  }

  /// How many times smaller messages become, as a node sends them: what would not become smaller goes as it is.
  private func ratio(_ samples: [[UInt8]], _ codec: ZstdCodec) -> Double {
    let (whole, packed) = samples.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + codec.pack($1.span).bytes.count) }
    return packed > 0 ? Double(whole) / Double(packed) : 1
  }

  private func samples() throws(CommandError) -> [[UInt8]] {
    var samples: [[UInt8]] = []
    var room = Self.bytesMax
    for path in paths {
      let file: [UInt8]
      do { file = try readFile(path, limit: room).bytes } catch { throw CommandError(error.description) }
      room -= file.count
      if hasLines {
        samples += file.split(separator: UInt8(ascii: "\n")).map { Array($0) }
      } else if !file.isEmpty {
        samples.append(file)
      }
    }
    return samples
  }
}
