import MixNet

/// A node as this one sees it.
struct Member: Sendable {
  var record: NodeRecord
  var status: MemberUpdate.Status
  /// Since when.
  var since: Instant
  var suspicion: Suspicion?
  /// Who said so last.
  var accuser: UInt64
  /// When it last gave this node its list.
  var gaveList: Instant?
  /// Turns in a row in which it was not probed, since it was heard otherwise.
  var spared = 0

  var isThere: Bool { status == .alive || status == .suspect }
  /// Whether it has given this node its list since it is what it is.
  var hasGivenList: Bool { gaveList.map { $0 >= since } ?? false }
}

/// All nodes that are known, and the order in which they are probed: each once, then in another order.
struct MemberList: Sendable {
  private(set) var all: [Member] = []
  private var places: [Bytes32: Int] = [:]
  private var order: [Bytes32] = []
  /// Those that are there, the suspects with them.
  private(set) var present = 0 { didSet { changes += 1 } }
  /// How often it may have changed who is there, and where.
  private(set) var changes: UInt64 = 0

  subscript(id: Bytes32) -> Member? { places[id].map { all[$0] } }

  mutating func change(_ id: Bytes32, _ body: (inout Member) -> Void) {
    guard let place = places[id] else { return }
    let (was, address) = (all[place].isThere, all[place].record.address)
    body(&all[place])
    let isThere = all[place].isThere
    if all[place].record.address != address { changes += 1 }
    if was != isThere { present += isThere ? 1 : -1 }
  }

  /// A new one is probed soon: at a random place of the order.
  mutating func add(_ member: Member, _ random: inout RandomStream) {
    guard places[member.record.id] == nil else { return }
    places[member.record.id] = all.count
    all.append(member)
    if member.isThere { present += 1 }
    order.insert(member.record.id, at: Int(random.below(UInt64(order.count + 1))))
  }

  mutating func remove(_ id: Bytes32) {
    guard let place = places.removeValue(forKey: id) else { return }
    if all[place].isThere { present -= 1 }
    all.swapAt(place, all.count - 1)
    all.removeLast()
    if place < all.count { places[all[place].record.id] = place }
  }

  /// Whose turn it is to be probed.
  mutating func toProbe(_ random: inout RandomStream) -> Member? {
    for _ in 0..<2 {
      while let id = order.last {
        if let member = self[id], member.isThere { return member }
        order.removeLast()
      }
      order = all.filter(\.isThere).map(\.record.id)
      for place in order.indices { order.swapAt(place, place + Int(random.below(UInt64(order.count - place)))) }
    }
    return nil
  }

  /// The same, whose turn is over with that.
  mutating func nextToProbe(_ random: inout RandomStream) -> Member? {
    defer { _ = order.popLast() }
    return toProbe(&random)
  }

  /// Some for which it holds, each as likely, none twice.
  func some(_ count: Int, _ random: inout RandomStream, where isOne: (Member) -> Bool) -> [Member] {
    guard !all.isEmpty else { return [] }
    var chosen: [Int] = []
    // Nearly all are alive, as a rule, so few draws find enough; else all are looked at.
    for _ in 0..<4 * count where chosen.count < count {
      let place = Int(random.below(UInt64(all.count)))
      if isOne(all[place]), !chosen.contains(place) { chosen.append(place) }
    }
    if chosen.count < count {
      let start = Int(random.below(UInt64(all.count)))
      for step in all.indices where chosen.count < count {
        let place = (start + step) % all.count
        if isOne(all[place]), !chosen.contains(place) { chosen.append(place) }
      }
    }
    return chosen.map { all[$0] }
  }

  /// The next `count` after this id, in the order of ids, and whether these are the last.
  func after(_ id: Bytes32, _ count: Int) -> (some: [Member], isLast: Bool) {
    var some: [Member] = []
    for member in all where id.isBelow(member.record.id) {
      if some.count > count, let last = some.last, !member.record.id.isBelow(last.record.id) { continue }
      let place = some.firstIndex { member.record.id.isBelow($0.record.id) } ?? some.count
      some.insert(member, at: place)
      if some.count > count + 1 { some.removeLast() }
    }
    return (Array(some.prefix(count)), some.count <= count)
  }
}
