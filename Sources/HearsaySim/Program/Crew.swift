import Glibc
import OrderedJSON

/// Runs the parts of a command, several at once, each in a process of its own.
///
/// Runs share nothing, so that each can count its references without atomic instructions, and a node that traps ends the
/// process of its run alone: whoever asked for the others gets them.
struct Crew {
  /// What became of a part.
  enum Answer {
    case done(JSON)
    case ended(Ending)
  }

  /// How a process ended that gave no answer.
  struct Ending {
    /// As people say it.
    let text: String
    /// A trap ended it, and nobody from outside.
    var isTrap = false
    /// A line that it wrote before.
    var said: JSON?
  }

  /// What is started for a part, with the command's words and then the part's number.
  let program: String
  let command: [String]
  /// So many parts are worked on at once.
  let jobs: Int
  /// False where processes are expected to end badly: what they say of it interests nobody.
  var isHeard = true

  /// How many cores there are.
  static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Gives `take` the answers to some parts, in the order of the parts.
  func work<Parts: Collection<Int>>(_ parts: Parts, _ take: (Int, Answer) -> Void) {
    var (working, early): ([PartProcess], [PartProcess]) = ([], [])
    var (waiting, unanswered) = (parts[...], parts[...])
    while let due = unanswered.first {
      while working.count < max(1, jobs), let next = waiting.popFirst() {
        working.append(PartProcess(next, [program] + command + ["\(next)"], isHeard: isHeard))
      }
      if !early.contains(where: { $0.part == due }) { PartProcess.wait(working) }
      early += working.filter { $0.answer != nil }
      working.removeAll { $0.answer != nil }
      if let place = early.firstIndex(where: { $0.part == due }), let answer = early[place].answer {
        early.remove(at: place)
        unanswered.removeFirst()
        take(due, answer)
      }
    }
  }
}

/// The process that works on a part: it writes lines of JSON, the answer last, and ends.
@safe private final class PartProcess {
  let part: Int
  /// Nil as long as it runs.
  private(set) var answer: Crew.Answer?
  private let pipe: UnsafeMutablePointer<FILE>?
  private var bytes: [UInt8] = []

  init(_ part: Int, _ words: [String], isHeard: Bool) {
    self.part = part
    let line = words.map(Self.quoted).joined(separator: " ")
    unsafe pipe = popen("exec " + line + (isHeard ? "" : " 2>/dev/null"), "r")
    if unsafe pipe == nil { answer = .ended(Crew.Ending(text: "it could not be started")) }
  }

  /// A word as the shell takes it, whatever is in it.
  private static func quoted(_ word: String) -> String {
    "'" + word.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
  }

  /// Waits until one of them says something, and hears it.
  static func wait(_ working: [PartProcess]) {
    let asked = working.filter { $0.answer == nil }
    var polls = asked.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    guard !polls.isEmpty, unsafe poll(&polls, nfds_t(polls.count), -1) > 0 else { return }
    for (process, poll) in zip(asked, polls) where poll.revents != 0 { process.hear() }
  }

  private var descriptor: Int32 { unsafe pipe.map { unsafe fileno($0) } ?? -1 }

  private func hear() {
    guard let pipe = unsafe pipe else { return }
    let count = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { buffer in
      let count = unsafe read(fileno(pipe), buffer.baseAddress, buffer.count)
      if count > 0 { unsafe bytes += buffer.prefix(count) }
      return count
    }
    if count > 0 || count < 0 && errno == EINTR { return }
    let status = unsafe pclose(pipe)
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { JSON(Array($0)) }
    if status == 0, case .some(.some(let last)) = lines.last { return answer = .done(last) }
    var ending = Self.ending(status)
    ending.said = lines.first ?? nil
    answer = .ended(ending)
  }

  /// How a process ended, from what the system says of it (wait(2)).
  private static func ending(_ status: Int32) -> Crew.Ending {
    let signal = status & 0x7f
    if signal == 0 { return Crew.Ending(text: "it ended with code \(status >> 8 & 0xff) and no answer") }
    if signal == SIGALRM { return Crew.Ending(text: "it took longer than it may") }
    let isTrap = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE].contains(signal)
    return Crew.Ending(text: "signal \(signal) ended it\(isTrap ? ", as a trap does" : "")", isTrap: isTrap)
  }
}
