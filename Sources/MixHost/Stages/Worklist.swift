/// What is to be done later, in order. What is added while it is done is left for the next time: an observer may answer to a
/// failed send. Once it has grown to its size, nothing is allocated.
///
/// It belongs to one worker, and every turn asks whether it is empty: so accesses are not checked as they run.
final class Worklist<Element> {
  @exclusivity(unchecked) private var waiting: [Element] = []
  @exclusivity(unchecked) private var atHand: [Element] = []

  /// Room for `capacity` elements; it grows when there are more.
  init(capacity: Int = 0) {
    waiting.reserveCapacity(capacity)
    atHand.reserveCapacity(capacity)
  }

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  func append(_ element: Element) { waiting.append(element) }

  /// Adds it; in the place of the last one, where that says no more.
  func append(_ element: Element, insteadOf isCovered: (Element) -> Bool) {
    if let last = waiting.last, isCovered(last) { waiting.removeLast() }
    waiting.append(element)
  }

  /// Does what is there now.
  func workOff(_ work: (Element) -> Void) {
    guard !waiting.isEmpty else { return }
    swap(&waiting, &atHand)
    for element in atHand { work(element) }
    atHand.removeAll(keepingCapacity: true)
  }
}
