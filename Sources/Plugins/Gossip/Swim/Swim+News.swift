import MixNet

// What is said of nodes.
extension Swim {
  static var incarnationMax: UInt64 { NodeRecord.incarnationMax }
  /// So far an incarnation may be from the one that is known: else a liar could use them up.
  private static var jumpMax: UInt64 { 1 << 20 }

  /// Takes what a message says, one by one. Names from a list are not passed on: who has the list knows them for longer.
  mutating func hear(
    _ updates: [MemberUpdate], _ now: Instant, _ effects: inout [SwimEffect], passesNamesOn: Bool = true
  ) {
    for update in updates where update.record.incarnation < Self.incarnationMax {
      if update.record.id == own.id {
        refute(update, now, &effects)
      } else if let member = members[update.record.id] {
        let jump = update.record.incarnation > member.record.incarnation + Self.jumpMax
        if jump { ignored += 1 } else { merge(update, member, now, &effects) }
      } else if settings.mode == .everybody {
        add(update, now, &effects, passesOn: passesNamesOn)
      }
    }
  }

  /// Others think that this node is gone, or know an older life of it.
  private mutating func refute(_ update: MemberUpdate, _ now: Instant, _ effects: inout [SwimEffect]) {
    let record = update.record
    let isWrong = update.status != .alive || record.address != own.address
    guard record.incarnation >= own.incarnation, isWrong || record.incarnation > own.incarnation else { return }
    guard record.incarnation - own.incarnation <= Self.jumpMax, record.incarnation + 1 < Self.incarnationMax else {
      return ignored += 1
    }
    let isElsewhere = update.status == .alive && record.address != own.address
    guard !isElsewhere || mayOutdo(record, &effects) else { return }
    own.incarnation = record.incarnation + 1
    effects.append(.incarnation(own.incarnation))
    if update.status == .suspect || update.status == .dead { blame(1) }
    tell(own.id, now)
  }

  /// This node is said to be alive at another address. The first time that may be a former life of it, of which others still tell; it has the higher
  /// incarnation now, so when that is outdone somebody lives there who goes by its name. After some rounds it gives way, or the two would outdo each
  /// other for ever; when the other one is suspected or dead, it has the name again.
  private mutating func mayOutdo(_ record: NodeRecord, _ effects: inout [SwimEffect]) -> Bool {
    sightings = min(sightings + 1, Self.sightingsMax + 1)
    if sightings == 2 { effects.append(.namesake(record)) }
    return sightings <= Self.sightingsMax
  }

  private static var sightingsMax: Int { 8 }

  private mutating func add(
    _ update: MemberUpdate, _ now: Instant, _ effects: inout [SwimEffect], passesOn: Bool
  ) {
    // Nobody needs to hear of the death of somebody unknown.
    guard update.status == .alive || update.status == .suspect else { return }
    guard names.take(1, now), members.all.count < settings.membersMax || forgetOldest() else { return ignored += 1 }
    let member = Member(record: update.record, status: .alive, since: now, accuser: update.accuser)
    members.add(member, &random)
    effects.append(.joined(update.record))
    if passesOn { tell(update.record.id, now) }
    if update.status == .suspect { merge(update, member, now, &effects) }
  }

  private mutating func merge(
    _ update: MemberUpdate, _ member: Member, _ now: Instant, _ effects: inout [SwimEffect]
  ) {
    let (new, old) = (update.record.incarnation, member.record.incarnation)
    switch update.status {
    case .alive:
      guard new > old else { return }
      settle(update, now)
      if member.status != .alive { effects.append(.alive(update.record)) }
    case .suspect:
      guard member.isThere, new >= old else { return }
      if member.status == .suspect, new == old { return confirm(update, now) }
      settle(update, now)
      members.change(update.record.id) { [suspicion = suspicion(update.accuser, now)] in $0.suspicion = suspicion }
      suspects.append(update.record.id)
      effects.append(.suspect(update.record))
    case .dead, .left:
      guard member.isThere, new >= old else { return }
      settle(update, now)
      told.removeAll { $0.until <= now }
      if told.count < 1_024 { told.append((update.record.id, now + settings.toldFor)) }
      effects.append(update.status == .left ? .left(update.record) : .dead(update.record))
    }
    tell(update.record.id, now)
  }

  /// Notes what is so from now on.
  private mutating func settle(_ update: MemberUpdate, _ now: Instant) {
    let id = update.record.id
    suspects.removeAll { $0 == id }
    told.removeAll { $0.id == id }
    members.change(id) { member in
      // Only who is alive can say where it is.
      if update.status == .alive { member.record = update.record }
      member.record.incarnation = update.record.incarnation
      (member.status, member.since, member.accuser, member.suspicion) = (update.status, now, update.accuser, nil)
    }
  }

  private func suspicion(_ accuser: UInt64, _ now: Instant) -> Suspicion {
    let least = Nanos(
      settings.period.ns * settings.suspicionPeriods * max(1_000, NodeCount.decimalLog(present)) / 1_000)
    let most = settings.lifeguard ? least * settings.suspicionStretch : least
    // Nobody else can confirm it when there are hardly any others, or when these do not know each other. Then the least time has to be enough.
    let enough = settings.mode == .everybody ? min(3, present - 2) : 0
    return Suspicion(accuser, least: least, most: most, enough: enough, now: now)
  }

  private mutating func confirm(_ update: MemberUpdate, _ now: Instant) {
    var isNews = false
    members.change(update.record.id) { member in
      isNews = member.suspicion?.confirm(update.accuser) ?? false
      if isNews { member.accuser = update.accuser }
    }
    if isNews { tell(update.record.id, now) }
  }

  /// A suspicion has become certain.
  mutating func bury(_ id: Bytes32, _ now: Instant, _ effects: inout [SwimEffect]) {
    guard let member = members[id], member.status == .suspect else { return suspects.removeAll { $0 == id } }
    merge(MemberUpdate(.dead, member.record, accuser: own.id.prefix), member, now, &effects)
  }

  /// Forgets who was dead for longest, so that there is room; false when nobody is.
  private mutating func forgetOldest() -> Bool {
    let dead = members.all.filter { !$0.isThere }
    guard let oldest = dead.min(by: { $0.since < $1.since }) else { return false }
    members.remove(oldest.record.id)
    return true
  }

  // MARK: Telling

  private var pause: Nanos { Nanos(settings.period.ns / 5) }
  var repeats: Int { settings.repeats * NodeCount.decimalLogRoundedUp(present + 1) }

  mutating func tell(_ id: Bytes32, _ now: Instant) {
    news.add(id)
    // At once, or nearly so: what comes together goes together.
    nextNews = min(nextNews, now + min(pause, .ms(10)))
  }

  /// What is news, for a message to this node; when it is suspected or dead it hears that first, so that it can say no.
  mutating func updates(for id: Bytes32) -> [MemberUpdate] {
    var first = members[id].flatMap { $0.status == .alive ? nil : update($0) }
    if !settings.lifeguard, members[id]?.isThere == true { first = nil }
    let (own, members) = (own, members)
    return news.take(repeats: repeats, first: first) { id in
      if id == own.id { return MemberUpdate(.alive, own, accuser: own.id.prefix) }
      return members[id].map { MemberUpdate($0.status, $0.record, accuser: $0.accuser) }
    }
  }

  func update(_ member: Member) -> MemberUpdate {
    MemberUpdate(member.status, member.record, accuser: member.accuser)
  }

  /// Sends the news to some, and one of those who died lately hears that it is dead.
  mutating func spread(_ now: Instant, _ effects: inout [SwimEffect]) {
    for member in members.some(settings.fanout, &random, where: { $0.isThere }) where !news.isEmpty {
      let message = SwimMessage.gossip(updates(for: member.record.id))
      effects.append(.send(message, to: member.record.id, at: member.record.address))
    }
    told.removeAll { $0.until <= now }
    if !told.isEmpty { remind(told[Int(random.below(UInt64(told.count)))].id, &effects) }
    nextNews = !news.isEmpty ? now + pause : told.isEmpty ? .never : now + settings.period
  }

  private mutating func remind(_ id: Bytes32, _ effects: inout [SwimEffect]) {
    guard let member = members[id], member.status == .dead else { return }
    effects.append(.send(.gossip([update(member)]), to: id, at: member.record.address))
  }

  /// One of the dead is asked whether it is, and those who are dead for too long are forgotten.
  mutating func visit(_ now: Instant, _ effects: inout [SwimEffect]) {
    nextVisit = now + settings.revisit
    let limit = settings.mode == .neighbours ? min(settings.tombstone, .s(3_600)) : settings.tombstone
    for member in members.all where !member.isThere && now - member.since > limit { members.remove(member.record.id) }
    if let dead = members.some(1, &random, where: { $0.status == .dead }).first { visit(dead, now, &effects) }
  }
}
