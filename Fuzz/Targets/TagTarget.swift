import MixHost
import MixNet

@testable import Sphinx

extension FuzzTarget {
  /// A disk: a file of replay tags that was cut, damaged or written over.
  static let tags = FuzzTarget(
    name: "tags", summary: "disks: a file of replay tags after whatever has become of it", sizeMax: 256,
    seeds: { _ in
      [[0, 3, 0, 5, 1, 9, 9, 9], [0, 2, 3, 40, 1, 0, 1], [4, 0, 7, 5, 2, 30], [0, 15, 2, 9, 0, 15, 5, 0]]
    }
  ) { { look(Input($0)) } }
}

/// A file of tags as the steps of an input make it.
private struct TagFile {
  private static let file = ReplayFile(key: Fingerprint.of("fuzz"), chain: "mix")
  private static let path = "replay"
  private(set) var bytes = Self.file.head
  /// Tags that were written, numbered from 1 on.
  private(set) var written: UInt64 = 0
  private(set) var isDamaged = false
  private var numbers = [UInt32](repeating: 0, count: ReplayFile.lanes)

  mutating func take(_ step: UInt8, _ input: inout Input) {
    switch step % 6 {
    case 0: add(.tags, tags: 1 + Int(input.byte() % 16), lane: Int(step / 6) % ReplayFile.lanes)
    case 1:
      isDamaged = true
      bytes += input.take(Int(input.byte() % 64))
    case 2:
      isDamaged = true
      bytes.removeLast(min(bytes.count, Int(input.byte())))
    case 3:
      guard !bytes.isEmpty else { return }
      isDamaged = true
      bytes[Int(input.number(2)) % bytes.count] ^= 1 << (input.byte() % 8)
    case 4: add(.begun, tags: 0, lane: Int(step / 6) % ReplayFile.lanes)
    default:
      // It says how many tags there are, or any number of them.
      let said = input.byte() % 2 == 0 ? Int(written) : Int(truncatingIfNeeded: input.number(8))
      isDamaged = isDamaged || said != Int(written)
      bytes += Self.file.end(lane: 0, number: numbers[0], tags: said)
      numbers[0] += 1
    }
  }

  private mutating func add(_ kind: ReplayFile.Kind, tags: Int, lane: Int) {
    var body: [UInt8] = []
    for _ in 0..<tags {
      written += 1
      ReplayTags.Tag(a: written, b: ~written).append(to: &body)
    }
    bytes += Self.file.record(kind, lane: lane, number: numbers[lane], body: body)
    numbers[lane] += 1
  }

  /// What is read of it; nil when it is refused.
  func read() -> [UInt64]? {
    var reader = ReplayFileReader(Self.file, at: Self.path, in: OneFile(bytes: bytes))
    var found: [UInt64] = []
    do throws(BuildError) {
      _ = try reader.read { tag in
        check(tag.b == ~tag.a, "a tag was never written")
        found.append(tag.a)
        return found.count
      }
    } catch { return nil }
    return found
  }
}

private struct OneFile: FileSource {
  let bytes: [UInt8]

  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) { (bytes, 0o600) }
}

private func look(_ input: Input) {
  var (input, file) = (input, TagFile())
  while !input.isEmpty { file.take(input.byte(), &input) }
  let found = file.read()
  if let found { check(found.allSatisfy { (1...max(1, file.written)).contains($0) }, "a tag was never written") }
  if !file.isDamaged { check(found == Array(1..<file.written + 1), "a whole file is not read whole") }
}
