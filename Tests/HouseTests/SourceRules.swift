/// Rules about one source file.
enum SourceRules {
  static let linesMax = 500

  /// One idea a file.
  static func tooLong(_ path: String, _ text: String) -> [Finding] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0)
    return lines > linesMax ? [Finding(path: path, line: 0, what: "has \(lines) lines; \(linesMax) are the most")] : []
  }

  /// Where the same node must run under a simulator, byte for byte the same for the same seed.
  static func mustBeDeterministic(_ path: String) -> Bool {
    path != stopwatch
      && ["MixNet", "TOML", "MixHost", "Plugins", "SimNet", "HearsaySim", "GossipSim"]
        .contains { path.hasPrefix("Sources/\($0)/") }
  }

  /// The one file of the simulator that reads a clock: how long a run took is printed, and nothing follows from it.
  private static let stopwatch = "Sources/HearsaySim/Program/Stopwatch.swift"

  /// Clocks, the system's randomness, and threads that nobody chose.
  private static let foreign = [
    "Date(", "ContinuousClock", "SuspendingClock", "clock_gettime", "gettimeofday", "DispatchTime",
    "SystemRandomNumberGenerator", ".shuffled()", ".shuffle()", ".randomElement()", "getrandom", "arc4random",
    "randombytes_buf", "randombytes_random",
    "Task.", "Task {", "Task(", "async", "await", "DispatchQueue",
  ]

  /// Clocks and chance that do not come from a provider.
  static func ownTimeOrChance(_ path: String, _ text: String) -> [Finding] {
    let code = SwiftText(text).code
    var found: [(place: Int, what: String)] = []
    for word in foreign {
      // `Moment.Date(` is another type of that name.
      let own = places(of: word, in: code).filter { $0 == 0 || code[$0 - 1] != UInt8(ascii: ".") }
      found += own.map { ($0, "'\(word)' belongs to the providers") }
    }
    for place in places(of: ".random(", in: code) where isSystemRandom(place, in: code) {
      found.append((place, "'random' without 'using' is the system's randomness"))
    }
    return found.map { Finding(path: path, line: line(of: $0.place, in: code), what: $0.what) }
  }

  /// Whether `.random(` is that of the standard library without a generator: `Int.random(in: a..<b)`, `.random()`.
  private static func isSystemRandom(_ place: Int, in code: [UInt8]) -> Bool {
    let receiver = code[..<place].reversed().prefix { isNamePart($0) }.last
    // A value's own method.
    if let receiver, !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(receiver) { return false }
    if place > 0, ")]}".utf8.contains(code[place - 1]) { return false }
    let open = place + ".random".utf8.count
    let labels = HouseTests.labels(ofCallAt: open, in: code)
    return labels == [] || labels.first == "in:" && !labels.contains("using:")
  }
}
