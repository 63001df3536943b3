/// Which points of the nodes' code a sweep must have shown: one that did not has not tested what it is for.
enum Expectation: String, Sendable, CaseIterable {
  /// None.
  case none
  /// Those that some seeds show.
  case often
  /// All that is in the catalogue and may happen.
  case all

  /// What is expected of a sweep when nothing is said: all of a long one, and nothing where faults were chosen by hand,
  /// or no trouble is made, because much cannot happen then.
  init(_ words: Words, seeds: Int, _ settings: RunSettings) throws(WrongWords) {
    if let text = words.value("expect") {
      guard let chosen = Self(rawValue: text) else {
        throw WrongWords(sentence: "--expect must be none, often or all; found '\(text)'")
      }
      guard chosen == .none || SimProbes.areBuilt else { throw WrongWords(sentence: SimProbes.missing) }
      self = chosen
      return
    }
    if case .named = settings.faults {
      self = .none
    } else if !settings.probes.isBuggy || seeds < ProbePoint.oftenSeeds {
      self = .none
    } else {
      self = seeds < ProbePoint.seldomSeeds ? .often : .all
    }
  }

  /// The points that are expected where packets are of this kind: those of real cryptography are passed by it alone.
  func points(_ crypto: CryptoKind = .real) -> [ProbePoint] {
    points.filter { crypto == .real || !$0.name.hasPrefix("sphinx.") }
  }

  private var points: [ProbePoint] {
    switch self {
    case .none: []
    case .often: ProbePoint.all.filter { $0.rarity == .often }
    case .all: ProbePoint.all.filter { $0.rarity == .often || $0.rarity == .seldom }
    }
  }
}
