import MixNet
import Testing

@testable import HearsayCommand

@Suite struct LineSplitterTests {
  /// The lines that come out when `text` comes in pieces of these sizes; what is too long as `!`.
  static func lines(_ text: String, limit: Int, pieces: [Int]) -> [String] {
    var splitter = LineSplitter(limit: limit)
    var lines: [String] = []
    func add(_ line: Result<[UInt8], LineError>) {
      switch line {
      case .success(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
      case .failure(let error):
        lines.append(error.sentence == "the line must have at most \(limit) bytes; found more" ? "!" : error.sentence)
      }
    }
    var rest = Array(text.utf8)[...]
    var turn = 0
    while !rest.isEmpty {
      let size = min(pieces[turn % pieces.count], rest.count)
      splitter.take(rest.prefix(size), add)
      rest = rest.dropFirst(size)
      turn += 1
    }
    splitter.finish(add)
    return lines
  }

  @Test(arguments: [
    ("", []), ("a", ["a"]), ("a\n", ["a"]), ("\n", [""]), ("\n\n", ["", ""]), ("a\n\nb", ["a", "", "b"]),
    ("abcd\n", ["abcd"]), ("abcde\n", ["!"]), ("abcde", ["!"]), ("abcdefghij\nab\nabcde\n\n", ["!", "ab", "!", ""]),
    ("a\r\nb\r\n", ["a\r", "b\r"]),
  ])
  func anyPieces(_ text: String, _ lines: [String]) {
    for pieces in [[1], [2], [3], [5], [1, 4, 2], [100]] {
      #expect(Self.lines(text, limit: 4, pieces: pieces) == lines, "in pieces of \(pieces)")
    }
  }

  /// A line without end is not kept, and the one after it is served.
  @Test func endlessLine() {
    var splitter = LineSplitter(limit: 1 << 20)
    let piece = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 16)
    var answers: [Bool] = []
    func add(_ line: Result<[UInt8], LineError>) { answers.append((try? line.get()) != nil) }
    for _ in 0..<1_000 { splitter.take(piece[...], add) }
    #expect(answers.isEmpty)
    splitter.take(Array("\n{}\n".utf8)[...], add)
    #expect(answers == [false, true])
  }
}
