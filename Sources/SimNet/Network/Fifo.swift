/// A queue in a ring that grows when it must and allocates nothing once it has its size.
struct Fifo<Element> {
  private var items: [Element?] = []
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// The element at `place` from the front, which must be below ``count``.
  subscript(place: Int) -> Element? {
    get { items[(head + place) & (items.count - 1)] }
    set { items[(head + place) & (items.count - 1)] = newValue }
  }

  var first: Element? {
    get { count > 0 ? self[0] : nil }
    set { if count > 0 { self[0] = newValue } }
  }

  var last: Element? {
    get { count > 0 ? self[count - 1] : nil }
    set { if count > 0 { self[count - 1] = newValue } }
  }

  mutating func append(_ element: Element) {
    if count == items.count { grow() }
    self[count] = .some(element)
    count += 1
  }

  @discardableResult
  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let first = self[0]
    self[0] = .none
    head = (head + 1) & (items.count - 1)
    count -= 1
    return first
  }

  mutating func removeAll() {
    while count > 0 { popFirst() }
    head = 0
  }

  /// Removes the elements that `isUnwanted` finds; the others keep their order.
  mutating func removeAll(where isUnwanted: (Element) -> Bool) {
    for _ in 0..<count {
      if let element = popFirst(), !isUnwanted(element) { append(element) }
    }
  }

  private mutating func grow() {
    var larger = [Element?](repeating: nil, count: max(8, items.count * 2))
    for place in 0..<count { larger[place] = self[place] }
    items = larger
    head = 0
  }
}
