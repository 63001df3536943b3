/// What is to be done later, in order. What is added while it is done is left for the next time: an observer may answer to a
/// failed send. Once it has grown to its size, nothing is allocated.
///
/// It belongs to one worker, and every turn asks whether there is something: so accesses are not checked as they run, and the lists that are
/// worked off together are counted together, which is one look at memory instead of one for each.
final class Worklist<Element> {
  private let sum: WorkSum
  @exclusivity(unchecked) private var waiting: [Element] = []
  @exclusivity(unchecked) private var atHand: [Element] = []

  /// Room for `capacity` elements; it grows when there are more.
  init(capacity: Int = 0, countedIn sum: WorkSum) {
    self.sum = sum
    waiting.reserveCapacity(capacity)
    atHand.reserveCapacity(capacity)
  }

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  func append(_ element: Element) {
    waiting.append(element)
    sum.count += 1
  }

  /// Adds it; in the place of the last one, where that says no more.
  func append(_ element: Element, insteadOf isCovered: (Element) -> Bool) {
    if let last = waiting.last, isCovered(last) {
      waiting.removeLast()
      sum.count -= 1
    }
    append(element)
  }

  /// Does what is there now.
  func workOff(_ work: (Element) -> Void) {
    guard !waiting.isEmpty else { return }
    sum.count -= waiting.count
    swap(&waiting, &atHand)
    for element in atHand { work(element) }
    atHand.removeAll(keepingCapacity: true)
  }
}

/// How much waits in several lists of one worker.
final class WorkSum {
  @exclusivity(unchecked) fileprivate(set) var count = 0

  var isEmpty: Bool { count == 0 }
}
