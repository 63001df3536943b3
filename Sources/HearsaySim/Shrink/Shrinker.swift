import SimNet

/// Makes a failing run smaller: a step is kept when the smaller run still breaks the rule that the first one broke.
///
/// One round tries, in this order: cheap cryptography, a whole network at the end, no adversaries, even links, no
/// limits, no conversations, no faults; then each adversary and each family of faults by itself; then half of the nodes and half of the time.
/// Rounds go on while one of them helps, and at the end time is cut by a quarter as long as that helps.
struct Shrinker {
  /// What one run broke.
  typealias Verdict = [Violation]

  /// The smallest run that is known to fail, what it broke, and how many runs it took to find it.
  struct Found {
    var settings: RunSettings
    var violations: Verdict
    var runs: Int
  }

  /// So many runs at most.
  var runsMax = 200
  /// Runs a candidate.
  let run: (RunSettings) -> Verdict
  /// Tells how it goes.
  let note: (String) -> Void

  /// The smallest run, or nil when the first one does not fail.
  func shrink(_ first: RunSettings) -> Found? {
    let violations = run(first)
    guard let rule = violations.first?.oracle else { return nil }
    note("it fails: \(violations[0])")
    var search = Search(shrinker: self, rule: rule, best: Found(settings: first, violations: violations, runs: 1))
    search.makeExplicit()
    while search.round() {}
    while search.cutTime() {}
    return search.best
  }

  /// The way from the first run to the smallest.
  private struct Search {
    let shrinker: Shrinker
    let rule: String
    var best: Found

    /// What a swarm has drawn is said in words, so that it stays when other words change.
    mutating func makeExplicit() {
      guard best.settings.faults == .swarm else { return }
      best.settings.heal = best.settings.healing
      best.settings.adversaries = best.settings.attackers
      best.settings.conversations = best.settings.talkPairs
      best.settings.links = best.settings.variety == nil ? .even : .varied
      best.settings.limits = best.settings.hasLimits ? .drawn : .off
    }

    /// Whether a change was kept.
    private mutating func attempt(_ what: String, _ change: (inout RunSettings) -> Void) -> Bool {
      var settings = best.settings
      change(&settings)
      guard settings.words != best.settings.words, best.runs < shrinker.runsMax else { return false }
      best.runs += 1
      let violations = shrinker.run(settings)
      let fails = violations.contains { $0.oracle == rule }
      shrinker.note("run \(best.runs): \(what): \(fails ? "still fails" : "does not fail, or otherwise")")
      if fails { (best.settings, best.violations) = (settings, violations) }
      return fails
    }

    /// One round; whether anything helped.
    mutating func round() -> Bool {
      var helped = attempt("without real cryptography") { $0.crypto = .stub }
      if best.settings.healing != .whole {
        helped = attempt("with a whole network at the end") { $0.heal = .whole } || helped
      }
      helped = attempt("without trouble in the nodes' own code") { $0.probes.isBuggy = false } || helped
      helped = dropAdversaries() || helped
      if best.settings.variety != nil {
        helped = attempt("with links that are all alike") { $0.links = .even } || helped
      }
      if best.settings.hasLimits { helped = attempt("without limits") { $0.limits = .off } || helped }
      let pairs = best.settings.talkPairs
      if pairs > 0 {
        helped =
          attempt("without conversations") { $0.conversations = 0 }
          || attempt("with \(max(1, pairs / 2)) conversations") { $0.conversations = max(1, pairs / 2) } || helped
      }
      helped = dropFamilies() || helped
      let (nodes, seconds) = (best.settings.nodes / 2, best.settings.seconds / 2)
      helped = attempt("with \(max(3, nodes)) nodes") { $0.nodes = max(3, nodes) } || helped
      return attempt("for \(max(4, seconds)) s") { $0.seconds = max(4, seconds) } || helped
    }

    private mutating func dropAdversaries() -> Bool {
      let all = best.settings.attackers.map(\.name)
      guard !all.isEmpty else { return false }
      if attempt("without adversaries", { $0.adversaries = [] }) { return true }
      guard all.count > 1 else { return false }
      var helped = false
      // From the end on, so that what is left keeps its place.
      for (place, name) in all.enumerated().reversed() {
        helped = attempt("without \(name)") { _ = $0.adversaries?.remove(at: place) } || helped
      }
      return helped
    }

    private mutating func dropFamilies() -> Bool {
      let on = best.settings.plan.families
      guard !on.isEmpty else { return false }
      if attempt(
        "without faults",
        {
          $0.faults = .named([]); $0.without = []
        })
      {
        return true
      }
      var helped = false
      for family in on {
        helped = attempt("without \(family.name)") { $0.without = Self.adding(family, to: $0) } || helped
      }
      return helped
    }

    private static func adding(_ family: FaultFamily, to settings: RunSettings) -> [FaultFamily] {
      let chosen = settings.without + [family]
      return FaultFamily.allCases.filter { chosen.contains($0) }
    }

    mutating func cutTime() -> Bool {
      let seconds = max(4, best.settings.seconds * 3 / 4)
      return attempt("for \(seconds) s") { $0.seconds = seconds }
    }
  }
}
