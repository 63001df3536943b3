import MixHost
import MixNet

/// What is remembered of one node.
struct PeerRecord: Equatable, Sendable {
  let node: Bytes32
  var tally: Tally
  /// How often each conduct was told.
  var counts = [UInt32](repeating: 0, count: Conduct.allCases.count)
  /// When something was first told of it; when it last showed that it lives; when something was last told.
  var firstSeen, lastSeen, touched: BookTime
  /// Links to it that are up, since when there is one, and how long there were any before.
  var links = 0
  var connectedSince: BookTime
  var uptime = Nanos.zero
  /// The end of the ban that lasts; nil when none does.
  var bannedUntil: BookTime?
  /// Bans that are remembered, and the end of the last one that is over.
  var bans = 0
  var banEnded: BookTime

  init(_ node: Bytes32, _ tally: Tally, at now: BookTime) {
    self.node = node
    self.tally = tally
    (firstSeen, lastSeen, touched, connectedSince, banEnded) = (now, now, now, now, now)
  }

  // MARK: Changes; all of them want a record that is settled

  /// Lets the ban end, and its memory, when the time has come.
  mutating func settle(at now: BookTime, _ preset: ScoreRules.Preset) {
    if let until = bannedUntil, until <= now {
      bannedUntil = nil
      banEnded = until
      tally = .pardoned(preset, at: until)
      if links > 0 { tally.setConnected(true, at: until) }
    }
    if bans > 0, bannedUntil == nil, now - banEnded >= ScoreRules.memory { bans = 0 }
  }

  /// Counts an act; true when it has banned the node.
  mutating func add(_ conduct: Conduct, at now: BookTime) -> Bool {
    let i = Int(conduct.rawValue)
    if counts[i] < .max { counts[i] += 1 }
    touched = max(touched, now)
    switch conduct {
    case .failure, .withheld: break
    case .success, .invalid, .misbehaved, .forged: lastSeen = max(lastSeen, now)
    }
    // The ban's end wipes the marks: what is told meanwhile is counted alone.
    guard bannedUntil == nil else { return false }
    tally.add(conduct, at: now)
    guard tally.penalty >= ScoreRules.ban else { return false }
    bannedUntil = now + ScoreRules.term(after: bans)
    bans = min(bans + 1, 255)
    return true
  }

  mutating func connect(at now: BookTime) {
    (touched, lastSeen) = (max(touched, now), max(lastSeen, now))
    links += 1
    guard links == 1 else { return }
    connectedSince = now
    if bannedUntil == nil { tally.setConnected(true, at: now) }
  }

  mutating func disconnect(at now: BookTime) {
    guard links > 0 else { return }
    (touched, lastSeen) = (max(touched, now), max(lastSeen, now))
    links -= 1
    guard links == 0 else { return }
    uptime = uptime + (now - connectedSince)
    if bannedUntil == nil { tally.setConnected(false, at: now) }
  }

  // MARK: Looking; all of it wants a record that is settled

  var isBanned: Bool { bannedUntil != nil }

  func score(at now: BookTime) -> Int {
    let score = tally.decayed(to: now).score
    return isBanned ? min(score, -ScoreRules.ban) : score
  }

  func standing(at now: BookTime) -> Standing {
    if isBanned { return .banned }
    let score = score(at: now)
    return score <= ScoreRules.warned ? .warned : score >= ScoreRules.trusted ? .trusted : .neutral
  }

  /// True when nothing need be known of it any more.
  func isOver(at now: BookTime, kept: Nanos) -> Bool {
    links == 0 && !isBanned && bans == 0 && now - touched >= kept
  }

  /// How much would be lost with it: a newcomer with less takes no place from it.
  func weight(at now: BookTime) -> Int { tally.decayed(to: now).penalty + ScoreRules.ban / 2 * bans }

  func uptime(at now: BookTime) -> Nanos { links > 0 ? uptime + (now - connectedSince) : uptime }
}
