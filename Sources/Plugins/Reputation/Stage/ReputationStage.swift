import MixHost
import MixNet
import Synchronization

/// Keeps the chain's scores, and shuts the banned out: links to and from them are closed, and what came on these is dropped.
///
/// Who came in only says who it is: that is enough to refuse it, but nothing is written down for it. Each worker asks for a standing
/// when the first packet of a link comes, and learns by a number whether a link was refused since; the worker of the chain's tail, which
/// hears of links, closes those of the banned.
final class ReputationStage: AdmissionStage {
  private let desk: ReputationDesk
  private let refuses: Bool
  private let isTail: Bool
  private var directory: NetworkDirectory
  private var links = PeerLinks()
  /// The links whose packets are dropped, and up to which refusal they are known.
  private var refused: Set<LinkID> = []
  private var refusalsSeen = 0
  /// Links of this worker whose peers were not banned when their first packets came.
  private var welcome: Set<LinkID> = []
  private var bansSeen = 0
  private var savesAgain = Instant.zero
  private var isSaving = false
  private var hasLostFile = false
  /// When it last looked, for the status.
  private var looked = Instant.zero
  private var (saves, failures) = (0, 0)

  /// How long a ban may go unnoticed while no packet comes; and the time between two writings of the file.
  private static let (look, pause) = (Nanos.s(1), Nanos.s(60))
  /// Nodes whose scores the status shows.
  private static let shownMax = 16
  /// Links that are known not to be refused; of more, all are asked for anew.
  private static let welcomeMax = 4_096

  init(_ config: ReputationConfig, _ desk: ReputationDesk, _ builder: inout StageBuilder) throws(BuildError) {
    self.desk = desk
    refuses = config.refuses
    welcome.reserveCapacity(Self.welcomeMax)
    isTail = builder.isTail
    directory = builder.node.directory
    try builder.offer(.scoreBook, desk)
  }

  func started(_ turn: inout Turn) {
    guard isTail else { return }
    hasLostFile = !desk.begin(at: turn.now, wall: turn.wall)
    savesAgain = turn.now + Self.pause
    turn.wake(at: turn.now + Self.look)
  }

  func woke(_ turn: inout Turn) {
    guard isTail else { return }
    looked = turn.now
    shutOut(&turn)
    if turn.now >= savesAgain { save(&turn) }
    turn.wake(at: turn.now + Self.look)
  }

  // MARK: Links

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    // Clients have as many names as they like.
    guard !change.isClient else { return }
    guard change.isUp, !change.peer.isZero else {
      guard !change.isUp, let gone = links.remove(change.link) else { return }
      if gone.isCertain { desk.disconnect(gone.peer, at: turn.now) }
      return
    }
    let isCertain = turn.peer(of: change.link)?.isExpected == true
    links.add(change.link, change.peer, isCertain: isCertain)
    if isCertain { desk.connect(change.peer, at: turn.now) }
    if refuses, desk.standing(of: change.peer, at: turn.now) == .banned { refuse(change.link, &turn) }
  }

  /// Closes the links of those who were banned since the last look.
  private func shutOut(_ turn: inout Turn) {
    let bans = desk.bans.load(ordering: .acquiring)
    guard isTail, bans != bansSeen else { return }
    bansSeen = bans
    // Soon, so that a crash forgets no ban.
    savesAgain = min(savesAgain, turn.now)
    let banned = desk.takeNewBans()
    guard refuses else { return }
    for node in banned { for link in links.links(to: node) { refuse(link, &turn) } }
  }

  private func refuse(_ link: LinkID, _ turn: inout Turn) {
    if desk.refuse(link) { turn.close(link, reason: .banned) }
  }

  func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    shutOut(&turn)
    let refusals = desk.refusals.load(ordering: .acquiring)
    if refusals != refusalsSeen {
      refusalsSeen = refusals
      refused = desk.refusedLinks
    }
    guard refuses else { return }
    var last = LinkID.none
    for i in arrivals.indices {
      let link = arrivals.link(i)
      if link == last { continue }
      if isWelcome(link, &turn) { last = link } else { verdicts.drop(i, .banned) }
    }
  }

  /// Whether a link's packets may go on.
  private func isWelcome(_ link: LinkID, _ turn: inout Turn) -> Bool {
    if !refused.isEmpty, refused.contains(link) { return false }
    if welcome.contains(link) { return true }
    if let peer = turn.peer(of: link), desk.standing(of: peer.address, at: turn.now) == .banned {
      refused.insert(link)
      refuse(link, &turn)
      return false
    }
    let isFull = welcome.count >= Self.welcomeMax || Probe.buggify("reputation.asked_anew", oneIn: 5)
    if isFull { welcome.removeAll(keepingCapacity: true) }
    welcome.insert(link)
    return true
  }

  // MARK: The file

  private func save(_ turn: inout Turn) {
    guard !isSaving else { return }
    savesAgain = turn.now + Self.pause
    guard let book = desk.takeUnsaved(at: turn.now) else { return }
    if Probe.buggify("reputation.disk_crowded", oneIn: 2) { return lost() }
    let bytes = desk.file.bytes(book, at: turn.now, wall: turn.wall)
    isSaving = turn.store(.replace(path: desk.path, bytes: bytes)) { [self] result, _ in
      isSaving = false
      switch result {
      case .success: saves += 1
      case .failure: lost()
      }
    }
    if !isSaving { lost() }
  }

  private func lost() {
    failures += 1
    desk.notSaved()
  }

  func finished(_ turn: inout Turn) {
    // What is being written is older; jobs are done in order.
    isSaving = false
    desk.notSaved()
    save(&turn)
  }

  // MARK: Status

  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) { self.directory = directory }

  func status() -> [StatusField] {
    guard isTail else { return [] }
    let (book, refused) = desk.look
    let all = book.all(at: looked)
    let banned = all.count { $0.standing == .banned }
    return [
      StatusField("nodes", .int(all.count)), StatusField("banned", .int(banned)),
      StatusField("warned", .int(all.count { $0.standing == .warned })),
      StatusField("bans", .int(book.bansBegun)), StatusField("links_refused", .int(refused)),
      StatusField("displaced", .int(book.displaced)), StatusField("untracked", .int(book.untracked)),
      StatusField("file_written", .int(saves)), StatusField("file_failed", .int(failures)),
      StatusField("file_lost", .int(hasLostFile ? 1 : 0)),
    ] + all.prefix(Self.shownMax).flatMap(fields)
  }

  private func fields(_ peer: PeerStatistics) -> [StatusField] {
    let name = directory.nodes.first { $0.address == peer.node }?.name ?? String(peer.node.description.prefix(16))
    func seconds(_ word: String, _ time: Nanos) -> StatusField {
      StatusField("\(word) \(name)", .int(Int(clamping: time.ms / 1_000)))
    }
    let counts = Conduct.allCases.filter { peer.count($0) > 0 }.map { "\(peer.count($0)) \($0)" }
    var fields = [
      StatusField("score \(name)", .int(peer.score)),
      StatusField("told \(name)", .text(counts.joined(separator: ", "))),
      seconds("first_seen_s", peer.firstSeen), seconds("last_seen_s", peer.lastSeen), seconds("uptime_s", peer.uptime),
    ]
    if let rate = peer.successRate { fields.append(StatusField("success_percent \(name)", .double(100 * rate))) }
    if let rest = peer.bannedFor { fields.append(seconds("banned_s", rest)) }
    return fields
  }
}
