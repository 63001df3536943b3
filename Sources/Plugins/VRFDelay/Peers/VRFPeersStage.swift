package import MixHost
package import MixNet

/// Which peers a node uses follows from its VRF, and it lets nobody use it who does not show the same.
///
/// For each epoch, and each list of nodes, it makes one proof, opens links to those whom the proof chooses, and shows it with
/// every handshake. A node that opens a link to this one must show a proof that chose this one; else the link is closed and what
/// came on it is dropped. On worker threads other than that of the chain's tail nothing is looked at: the tail decides over links.
package final class VRFPeersStage: AdmissionStage {
  private let config: VRFPeersConfig
  private let rules: PeerRules
  private let key: VRFSecretKey
  private let own: Bytes32
  private let chain: String
  private let file: String
  private let isTail: Bool
  private var clock: EpochClock
  private var list: PeerList
  private var directory: NetworkDirectory
  private var judge: PeerJudge
  private var links = ChosenLinks()
  private var guests = PeerGuests()
  /// What is chosen now, and what was before.
  private var choice: PeerChoice?
  private var former: (choice: PeerChoice, until: Instant)?
  /// Until when others' choices of the epoch before are good for routes, and those from the list before.
  private var lateUntil = Instant.zero
  private var unlistedUntil = Instant.zero
  package private(set) var revision: UInt64 = 0
  /// The judge's changes that the revision has counted.
  private var judged: UInt64 = 0
  private var hasBegun = false
  private var isUnpublished = false
  private var failures = 0
  private var granted = 0
  private var unlearnt = 0
  private var overstayed = 0
  private var refused = [Int](repeating: 0, count: PeerRefusal.allCases.count)

  init(_ config: VRFPeersConfig, _ key: VRFSecretKey, _ builder: inout StageBuilder) throws(BuildError) {
    self.config = config
    self.key = key
    chain = builder.plan.name
    own = builder.node.address
    file = VRFDelayState.path("peers", chain, builder.node)
    isTail = builder.isTail
    rules = config.rules(chain: chain)
    directory = builder.node.directory
    list = PeerList(directory, chain: chain)
    judge = PeerJudge(rules, list, own: own, overlap: config.overlap)
    // The clock is set with the first turn.
    clock = EpochClock(chain: chain, seconds: config.epochSeconds, wall: WallTime(ns: 0))
    try builder.offer(.peerChooser, self)
  }

  package func started(_ turn: inout Turn) {
    guard isTail else { return }
    hasBegun = true
    begin(&turn)
    plan(&turn)
  }

  /// An epoch begins. Who is behind goes by the one before, as much longer as it is behind; so half of the overlap is for clocks
  /// that differ, and for packets to arrive.
  private func begin(_ turn: inout Turn) {
    clock.advance(turn.wall)
    let start = rules.start(of: clock.current)?.ns ?? 0
    let left = halfOverlap - Nanos(UInt64(max(0, turn.wall.ns - min(start, turn.wall.ns))))
    lateUntil = left > .zero ? turn.now + left : .zero
    choose(&turn)
  }

  private func forgetLate(_ now: Instant) {
    if lateUntil > .zero, lateUntil <= now { (lateUntil, revision) = (.zero, revision + 1) }
    if unlistedUntil > .zero, unlistedUntil <= now { (unlistedUntil, revision) = (.zero, revision + 1) }
  }

  private var halfOverlap: Nanos { Nanos(config.overlap.ns / 2) }

  // MARK: Choosing

  /// Makes the choice of the present epoch and list, and tells it to everybody.
  private func choose(_ turn: inout Turn) {
    let overlap = config.overlap
    revision += 1
    former = choice.map { ($0, turn.now + overlap) }
    choice = PeerChoice(key, rules, epoch: clock.current, in: list, own: own)
    turn.tellPeers(choice?.claim.bytes)
    let targets = (choice?.peers ?? []).compactMap { peer in
      target(of: peer).map { (peer: peer, target: $0) }
    }
    let list = self.list
    carryOut(
      links.choose(targets, listed: { list.entry(of: $0) != nil }, overlap: overlap, now: turn.now), &turn)
    isUnpublished = true
    publish(&turn)
  }

  private func target(of peer: Bytes32) -> Address? {
    directory.nodes.first { $0.address == peer }?.listens(chain)
  }

  private func carryOut(_ actions: [ChosenLinks.Action], _ turn: inout Turn) {
    for action in actions {
      switch action {
      case .open(let peer, let target): links.opened(turn.open(target, peer: peer), to: peer, now: turn.now)
      case .close(let link): turn.close(link)
      }
    }
  }

  package func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) {
    guard hasBegun else { return }
    let moved = (choice?.peers ?? []).contains { peer in
      directory.nodes.first { $0.address == peer }?.listens(chain) != target(of: peer)
    }
    self.directory = directory
    let new = PeerList(directory, chain: chain)
    guard new.hash != list.hash || moved else { return }
    list = new
    judge.replace(by: new, now: turn.now)
    unlistedUntil = turn.now + halfOverlap
    choose(&turn)
    plan(&turn)
  }

  package func woke(_ turn: inout Turn) {
    guard hasBegun else { return }
    if clock.isOver(turn.wall) { begin(&turn) }
    forgetLate(turn.now)
    if let former, former.until <= turn.now { self.former = nil }
    let due = links.due(turn.now)
    // Who was chosen before may be used no more.
    if !due.isEmpty { revision += 1 }
    carryOut(due, &turn)
    let (now, wall) = (turn.now, turn.wall)
    for link in guests.over({ judge.mayStay($0, now: now, wall: wall) }) {
      overstayed += 1
      close(link, &turn)
    }
    if isUnpublished { publish(&turn) }
    plan(&turn)
  }

  /// Asks to be woken when there is something to do.
  private func plan(_ turn: inout Turn) {
    let (now, wall) = (turn.now, turn.wall)
    var next = min(now + clock.rest(wall), links.next)
    if let former { next = min(next, former.until) }
    for until in [lateUntil, unlistedUntil] where until > .zero { next = min(next, until) }
    if isUnpublished { next = min(next, now + VRFDelayStage.retry) }
    let guest = guests.next { judge.end(of: $0, now: now, wall: wall) }
    turn.wake(at: min(next, max(guest, now + .s(1))))
  }

  // MARK: Being chosen

  package func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    if links.has(change.link) {
      if change.isUp {
        links.came(change.link, now: turn.now)
        learn(change, turn.now, turn.wall)
      }
      if !change.isUp { links.went(change.link, isOver: change.isOver, now: turn.now) }
    } else if !change.isUp {
      guests.remove(change.link)
    } else if !change.isDialled, !change.isClient {
      greet(change, &turn)
    }
    plan(&turn)
  }

  private func greet(_ change: LinkChange, _ turn: inout Turn) {
    do throws(PeerRefusal) {
      let said = change.fields[Self.name]
      guests.admit(change.link, try judge.judge(said, of: change.peer, now: turn.now, wall: turn.wall))
      granted += 1
    } catch {
      refused[PeerRefusal.allCases.firstIndex(of: error) ?? 0] += 1
      close(change.link, &turn)
    }
    followJudge()
  }

  /// Whoever connects may say what others have said: only what is new changes answers.
  private func followJudge() {
    if judged != judge.changes { (judged, revision) = (judge.changes, revision + 1) }
  }

  /// What a node that this one uses has chosen itself is good to know for routes, and nothing depends on it: a claim that does not
  /// hold is none.
  private func learn(_ change: LinkChange, _ now: Instant, _ wall: WallTime) {
    do throws(PeerRefusal) {
      let claim = try judge.learn(change.fields[Self.name], of: change.peer, now: now, wall: wall).claim
      if judge.isBehind(claim, clock.current) { links.renew(change.link, now: now) }
    } catch { unlearnt += 1 }
    followJudge()
  }

  private func close(_ link: LinkID, _ turn: inout Turn) {
    guests.refuse(link)
    turn.close(link, reason: .notChosen)
  }

  package func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in arrivals.indices {
      let link = arrivals.link(i)
      if guests.isRefused(link) || config.isOneWay && links.has(link) { verdicts.drop(i, .banned) }
    }
  }

  // MARK: Telling

  static let name = "vrf_peers"
  private static let noProof = "none: this key was not the listed one when the epoch began"

  /// Writes what the node has chosen to a file, for those who choose routes through it.
  private func publish(_ turn: inout Turn) {
    guard let choice else { return isUnpublished = false }
    let line = Array((PeerNotice(choice.claim, rules, key.publicKey, own).text + "\n").utf8)
    let isTaken = turn.store(.replace(path: file, bytes: line)) { [self] result, turn in
      guard case .failure = result else { return }
      failures += 1
      isUnpublished = true
      plan(&turn)
    }
    isUnpublished = !isTaken
    if !isTaken { failures += 1 }
  }

  package func status() -> [StatusField] {
    guard hasBegun else { return [] }
    let names = (choice?.peers ?? []).map { peer in
      directory.nodes.first { $0.address == peer }?.name ?? peer.description
    }
    let (all, up) = links.counts
    return [
      StatusField("epoch", .int(Int(clamping: clock.current))), StatusField("list", .text(list.hash.description)),
      StatusField("proof", .text(choice.map { Hex.text($0.claim.proof) } ?? Self.noProof)),
      StatusField("peers", .text(names.joined(separator: " "))), StatusField("links", .int(all)),
      StatusField("links_up", .int(up)), StatusField("guests", .int(guests.count)),
      StatusField("granted", .int(granted)), StatusField("overstayed", .int(overstayed)),
      StatusField("publish_failed", .int(failures)), StatusField("choices_known", .int(choicesKnown)),
      StatusField("choices_refused", .int(unlearnt)),
    ] + zip(PeerRefusal.allCases, refused).map { StatusField("refused_\($0.rawValue)", .int($1)) }
  }
}

extension VRFPeersStage: PeerChooser {
  package var epoch: UInt64 { clock.current }

  package func peers(in epoch: UInt64) -> [Bytes32] {
    if let choice, choice.claim.epoch == epoch { return choice.peers }
    if let former, former.choice.claim.epoch == epoch { return former.choice.peers }
    return []
  }

  package func isChosen(_ peer: Bytes32) -> Bool { links.mayUse(peer) }

  package func link(to peer: Bytes32) -> LinkID? { links.link(to: peer) }

  package func peers(of node: Bytes32) -> [Bytes32]? {
    if node == own { return choice?.peers }
    return judge.peers(of: node, in: clock.current, mayBeLate: lateUntil > .zero, mayBeUnlisted: unlistedUntil > .zero)
  }

  /// Of how many other nodes it is known whom they use.
  private var choicesKnown: Int { list.entries.count { $0.address != own && peers(of: $0.address) != nil } }
}
