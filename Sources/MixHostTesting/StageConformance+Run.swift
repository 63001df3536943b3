public import MixHost
public import MixNet

extension StageConformance {
  /// Runs the checks. Throws when one of them fails; the error tells all that failed.
  @discardableResult
  public func run() throws(ConformanceFailure) -> ConformanceReport {
    let report = report()
    if !report.failed.isEmpty { throw ConformanceFailure(report: report) }
    return report
  }

  /// Feeds the stage these packets, all at once, lets so much time pass, and tells what became of each packet: for tests of
  /// what the stage is there for. `frames` are what the stage has sent of its own.
  public func fates(
    of packets: [SamplePacket], after time: Nanos = .zero
  ) throws(BuildError) -> (packets: [PacketFate], frames: [PacketFate.Departure]) {
    do throws(Finding) {
      let rig = try Rig(self)
      try rig.checkSizes(packets)
      let trial = try Trial(rig, TrialSettings(seed: rig.seed("fates")), samples: packets)
      try trial.begin()
      for number in packets.indices { _ = trial.feed(number) }
      try trial.settle()
      try trial.advance(by: time)
      let log = trial.log
      let found = (packets: log.fates, frames: log.own)
      // What is still held leaves now, so that the stage can go in peace.
      try trial.drain()
      return found
    } catch {
      throw BuildError(error.sentence)
    }
  }

  /// Runs the checks and tells what became of each.
  public func report() -> ConformanceReport {
    let rig = Result { () throws(Finding) in try Rig(self) }
    var results: [(check: ConformanceCheck, outcome: ConformanceReport.Outcome)] = []
    var isBuilt = true
    for check in ConformanceCheck.allCases {
      let outcome = isBuilt ? outcome(of: check, rig) : .skipped("the stage cannot be built")
      if check == .builds, case .failed = outcome { isBuilt = false }
      results.append((check, outcome))
    }
    return ConformanceReport(stage: stage.name, results: results)
  }

  private func outcome(of check: ConformanceCheck, _ rig: Result<Rig, Finding>) -> ConformanceReport.Outcome {
    if let reason = skips[check] { return .skipped(reason) }
    leaveTrapNote(
      "\nconformance kit: the stage '\(stage.name)' trapped in the check '\(check.name)' (seed \(seed))\n")
    defer { leaveTrapNote(nil) }
    do throws(Finding) {
      if check != .defaultConfig { return try run(check, rig.get()) }
      try checkDefaultConfig(self)
      return .passed
    } catch {
      return .failed(error.sentence)
    }
  }

  private func run(_ check: ConformanceCheck, _ rig: Rig) throws(Finding) -> ConformanceReport.Outcome {
    guard check.isFor(stage) else { return .skipped("not for \(stage.isAdmission ? "admission" : stage.role.name)") }
    switch check {
    case .defaultConfig: break
    case .builds: try checkBuilds(rig)
    case .samplesPass: try checkSamplesPass(rig)
    case .splitInvariance: try checkSplitInvariance(rig)
    case .releasesOnce: try checkReleasesOnce(rig)
    case .holdLimit:
      guard holdMax != nil || heldMax != nil else { return .skipped("no limit is stated: holding(atMost:packets:)") }
      try checkHoldLimit(rig, holdMax: holdMax, heldMax: heldMax)
    case .sameSeed: try checkSameSeed(rig)
    case .dropsStayDropped: try checkDropsStayDropped(rig)
    case .slotsConserved: try checkSlotsConserved(rig)
    case .randomBytes: try checkRandomBytes(rig)
    case .noAllocation:
      if AllocationCounter.isDebugBuild { return .skipped("a debug build says nothing: swift test -c release") }
      guard AllocationCounter.works else { return .skipped("allocations cannot be counted here") }
      try checkNoAllocation(rig)
    case .stopLosesNothing: try checkStopLosesNothing(rig)
    }
    return .passed
  }
}

extension ConformanceCheck {
  /// Whether a stage of this role has anything to show for it.
  fileprivate func isFor(_ stage: StageDescriptor) -> Bool {
    switch self {
    case .splitInvariance: stage.role != .mix && stage.role != .observe
    case .releasesOnce, .holdLimit: stage.role == .mix
    default: true
    }
  }
}

/// What a check has found wrong: one sentence.
struct Finding: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}
