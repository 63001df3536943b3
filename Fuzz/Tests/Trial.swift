import Foundation
import MixNet

/// What a target is tried with in the tests: its seeds, and then changes of them, the same in every run.
struct Trial {
  let target: FuzzTarget
  let seeds: [[UInt8]]
  /// How many changes of the seeds are tried.
  let changes: Int

  /// Targets of whose inputs each takes long, and how many changes are enough for a test.
  private static let fewer = ["claims": 4_000, "members": 5_000, "unwrap": 3_000]

  init(_ target: FuzzTarget) {
    let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    let vectors = Vectors(folder: root.appending(path: "Tests/Vectors").path)
    self.target = target
    seeds = target.seeds(vectors).map { Array($0.prefix(target.sizeMax)) }
    changes = Self.fewer[target.name] ?? 10_000
  }

  init?(_ name: String) {
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else { return nil }
    self.init(target)
  }

  /// Calls `body` with each input and its number, until it returns false.
  func forEach(_ body: (Int, [UInt8]) -> Bool) {
    for (number, seed) in seeds.enumerated() where !body(number, seed) { return }
    var mutations = Mutations(of: seeds, sizeMax: target.sizeMax, seed: Seed(1))
    for number in seeds.count..<seeds.count + changes where !body(number, mutations.next()) { return }
  }

  func input(_ number: Int) -> [UInt8] {
    var found: [UInt8] = []
    forEach { at, bytes in
      if at == number { found = bytes }
      return at < number
    }
    return found
  }

  // MARK: In a process of its own

  /// Tries all. The process's last words are in a file then: which input it tries, and what it says when that is not handled.
  func run(lastWords path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0, dup2(file, STDERR_FILENO) >= 0 else { fatalError("\(path) cannot be written") }
    lseek(STDERR_FILENO, off_t(LastWords.numberSize), SEEK_SET)
    // One that is never done is not handled either.
    alarm(60)
    let handle = target.make()
    forEach { number, bytes in
      LastWords.note(number)
      handle(bytes)
      return true
    }
  }
}

/// What a process has left behind that tried inputs.
struct LastWords {
  static let numberSize = 8
  /// The last input that it tried.
  let number: Int
  /// What it said then.
  let text: String

  /// Notes which input is tried next.
  static func note(_ number: Int) {
    var bytes = UInt64(number).bigEndian
    _ = withUnsafeBytes(of: &bytes) { pwrite(STDERR_FILENO, $0.baseAddress, $0.count, 0) }
  }

  /// Nil when no input was tried.
  init?(_ path: String) {
    guard let data = FileManager.default.contents(atPath: path), data.count >= Self.numberSize else { return nil }
    number = data.prefix(Self.numberSize).reduce(0) { $0 << 8 | Int($1) }
    text = String(decoding: data.dropFirst(Self.numberSize), as: UTF8.self)
  }
}
