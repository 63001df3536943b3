import Dispatch
import Glibc
import Synchronization

/// Several runs at once, each on one core; they share nothing.
enum Cores {
  /// How many there are.
  static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// What `body` makes of each item, in the items' order.
  static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> Result
  ) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: items.count))
    DispatchQueue.concurrentPerform(iterations: items.count) { place in
      let result = body(items[place])
      results.withLock { $0[place] = result }
    }
    return results.withLock { $0 }.compactMap { $0 }
  }
}
