package import MixNet

/// A list that is being asked for, piece by piece.
struct Pull: Sendable {
  let id: Bytes32?
  let address: Address
  var after = Bytes32()
  var due: Instant
  var tries = 1
  /// Further addresses to ask when nobody answers.
  var others: [Address] = []
}

// Coming, going, and comparing lists.
extension Swim {
  // MARK: Coming

  /// Asks a node for its list, and by that tells it of this one; the other seeds are asked when it does not answer.
  package mutating func join(_ seeds: [Address], _ now: Instant, _ effects: inout [SwimEffect]) {
    let others = seeds.filter { $0 != own.address }
    guard isRunning, let first = others.first else { return }
    begin(nil, first, now, &effects)
    pull?.others = Array(others.dropFirst().prefix(64))
    due = next
  }

  mutating func begin(_ id: Bytes32?, _ address: Address, _ now: Instant, _ effects: inout [SwimEffect]) {
    let pull = Pull(id: id, address: address, due: now + settings.timeoutMax)
    self.pull = pull
    ask(pull, &effects)
  }

  private func ask(_ pull: Pull, _ effects: inout [SwimEffect]) {
    let message = SwimMessage.pull(after: pull.after, from: own, count: UInt32(clamping: present))
    effects.append(.send(message, to: pull.id, at: pull.address))
  }

  mutating func askAgain(_ old: Pull, _ now: Instant, _ effects: inout [SwimEffect]) {
    var pull = old
    pull.tries += 1
    pull.due = now + settings.timeoutMax * UInt64(min(pull.tries, 4))
    if pull.tries > settings.pullTries {
      guard let seed = pull.others.first else {
        self.pull = nil
        return
      }
      // Round and round, as long as nobody is known.
      let rest = Array(pull.others.dropFirst()) + (members.present == 0 ? [pull.address] : [])
      pull = Pull(id: nil, address: seed, due: now + settings.timeoutMax, others: rest)
    } else if pull.others.isEmpty, members.present == 0, pull.tries == settings.pullTries {
      pull.others = [pull.address]
    }
    self.pull = pull
    ask(pull, &effects)
  }

  /// A part of somebody's list.
  mutating func pulled(
    _ after: Bytes32, _ isLast: Bool, _ updates: [MemberUpdate], _ now: Instant, _ effects: inout [SwimEffect]
  ) {
    guard var pull, pull.after == after else { return ignored += 1 }
    for update in updates {
      let isDead = update.status == .dead
      if isDead, members[update.record.id] == nil, update.record.id != own.id { continue }
      // Who only reads of a death in a list suspects it: the list may be old.
      let news = isDead ? MemberUpdate(.suspect, update.record, accuser: update.accuser) : update
      hear([news], now, &effects, passesNamesOn: false)
    }
    guard !isLast, let last = updates.last?.record.id, after.isBelow(last) else {
      // A seed was known by its address alone.
      let id = pull.id ?? members.all.first { $0.record.address == pull.address }?.record.id
      if let id { members.change(id) { $0.gaveList = now } }
      self.pull = nil
      return
    }
    (pull.after, pull.tries, pull.due) = (last, 1, now + settings.timeoutMax)
    self.pull = pull
    ask(pull, &effects)
  }

  /// Somebody asks for a part of the list.
  mutating func give(
    _ after: Bytes32, _ from: NodeRecord, _ count: UInt32, _ now: Instant, _ effects: inout [SwimEffect]
  ) {
    guard settings.mode == .everybody, answers.take(1, now) else { return ignored += 1 }
    let (some, isLast) = members.after(after, SwimMessage.updatesMax)
    var updates = some.map { update($0) }
    // Who asks first hears of this node as well, in its place among the ids.
    if after.isBelow(own.id), isLast || some.last.map({ own.id.isBelow($0.record.id) }) ?? true {
      let place = updates.firstIndex { own.id.isBelow($0.record.id) } ?? updates.count
      updates.insert(MemberUpdate(.alive, own, accuser: own.id.prefix), at: place)
    }
    let fitting = Array(SwimMessage.fitting(updates))
    let isAll = isLast && fitting.count == updates.count
    effects.append(.send(.piece(after: after, isLast: isAll, fitting), to: from.id, at: from.address))
    // It may know others than this one does: two networks that meet. Who has given its list is asked again only when it knows more, or the two
    // would ask in turns for as long as they are new to each other.
    guard after.isZero, count > 1, pull == nil, let member = members[from.id], now - member.since < .s(5) else {
      return
    }
    if !member.hasGivenList || count > present { begin(from.id, from.address, now, &effects) }
  }

  /// Lists are long where there are many nodes, so they are compared less often there.
  var pullPause: Nanos {
    // log2 of the nodes in thousandths, and what it is over that of 32, rounded up.
    let doublings = NodeCount.log(present) * 1_000 / 2_977_044_472
    let steps = doublings > 5_000 ? (doublings - 5_000 + 999) / 1_000 : 0
    return settings.pullEvery * (steps + 1)
  }

  /// Who speaks is there.
  mutating func meet(_ node: NodeRecord, _ now: Instant, _ effects: inout [SwimEffect]) {
    hear([MemberUpdate(.alive, node, accuser: node.id.prefix)], now, &effects)
  }

  // MARK: Neighbours

  /// Watches these nodes and no others.
  package mutating func watch(_ nodes: [NodeRecord], now: Instant, _ effects: inout [SwimEffect]) {
    guard settings.mode == .neighbours else { return }
    for member in members.all where !nodes.contains(where: { $0.id == member.record.id }) {
      suspects.removeAll { $0 == member.record.id }
      members.remove(member.record.id)
    }
    for node in nodes.prefix(settings.membersMax) where node.id != own.id {
      if let member = members[node.id] {
        // There is a link: it is not dead.
        if !member.isThere { members.remove(node.id) } else { continue }
      }
      guard members.all.count < settings.membersMax else { continue }
      members.add(Member(record: node, status: .alive, since: now, accuser: node.id.prefix), &random)
      effects.append(.joined(node))
    }
    due = next
  }

  // MARK: Going

  /// Says goodbye, so that nobody suspects this node, and does nothing any more.
  package mutating func leave(now: Instant, _ effects: inout [SwimEffect]) {
    guard isRunning else { return }
    let goodbye = MemberUpdate(.left, own, accuser: own.id.prefix)
    for member in members.some(max(repeats, 8), &random, where: \.isThere) {
      effects.append(.send(.gossip([goodbye]), to: member.record.id, at: member.record.address))
    }
    isRunning = false
  }
}
