import Synchronization

/// Answers in the order in which they came, from any thread.
final class Answers<Answer: Sendable>: Sendable {
  private let list = Mutex<[Answer]>([])

  func add(_ answer: Answer) { list.withLock { $0.append(answer) } }

  /// Lets a provider go on until `count` answers are there, and demands that there are no more.
  ///
  /// - Parameter settle: waits until what it is given says true, or gives up.
  func wait(_ count: Int, _ settle: (() -> Bool) -> Void) throws -> [Answer] {
    settle { list.withLock { $0.count } >= count }
    let found = list.withLock { $0 }
    try demand(found.count, is: count, "answers")
    return found
  }
}
