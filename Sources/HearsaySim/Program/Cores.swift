import Dispatch
import Glibc
import Synchronization

/// Several runs at once, each on one core; they share nothing.
enum Cores {
  /// How many there are.
  static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// What `body` makes of each item, in the items' order; at most so many at once.
  static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], atOnce: Int = .max, _ body: @Sendable (Item) -> Result
  ) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: items.count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(items.count, atOnce)) { _ in
      while true {
        let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard place < items.count else { return }
        let result = body(items[place])
        results.withLock { $0[place] = result }
      }
    }
    return results.withLock { $0 }.compactMap { $0 }
  }
}
