import MixNet

/// Changes of seeds, the same in every run: bits turned, bytes replaced, pieces left out, doubled and put in, two seeds joined.
struct Mutations: ~Copyable {
  private let seeds: [[UInt8]]
  private let sizeMax: Int
  private var random: RandomStream

  /// `seeds` are at least one.
  init(of seeds: [[UInt8]], sizeMax: Int, seed: Seed) {
    (self.seeds, self.sizeMax) = (seeds, sizeMax)
    random = RandomStream(seed: seed)
  }

  mutating func next() -> [UInt8] {
    var bytes = some
    for _ in 0...below(6) { change(&bytes) }
    return Array(bytes.prefix(sizeMax))
  }

  private mutating func below(_ bound: Int) -> Int { Int(random.below(UInt64(bound))) }

  /// One of the seeds.
  private var some: [UInt8] { mutating get { seeds[below(seeds.count)] } }

  /// A piece of some bytes, short more often than long.
  private mutating func piece(of bytes: [UInt8]) -> Range<Int> {
    let begin = below(bytes.count + 1)
    let longest = min(bytes.count - begin, 1 << below(8))
    return begin..<begin + below(longest + 1)
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes = some }
    let place = below(bytes.count)
    switch below(8) {
    case 0: bytes[place] ^= 1 << below(8)
    case 1: bytes[place] = UInt8(below(256))
    case 2:
      // Where counts and lengths end.
      let edges: [UInt8] = [0, 1, 0x3f, 0x7f, 0x80, 0xff]
      let edge = edges[below(edges.count)]
      for at in place..<min(bytes.count, place + 1 << below(4)) { bytes[at] = edge }
    case 3: bytes.removeSubrange(piece(of: bytes))
    case 4: bytes.removeSubrange(place...)
    case 5: bytes.insert(contentsOf: bytes[piece(of: bytes)], at: place)
    case 6:
      let other = some
      bytes.replaceSubrange(place..., with: other[below(other.count + 1)...])
    default: bytes.insert(contentsOf: (0...below(8)).map { _ in UInt8(below(256)) }, at: place)
    }
  }
}
