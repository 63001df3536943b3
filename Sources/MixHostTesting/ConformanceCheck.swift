/// One thing that every stage must do or leave, under the name that the report gives it.
public enum ConformanceCheck: String, CaseIterable, Sendable {
  /// The configuration is valid, every key has a sentence and, where it is a number or a word, a range or a list of words;
  /// every default lies within it. A stage with required keys is given a configuration.
  case defaultConfig = "default_config"
  /// The stage can be prepared and built, with one worker and (where it may have them) with two, from nothing but what its descriptor asks for.
  case builds
  /// At least one of the sample packets gets through the stage: otherwise the other checks would look at nothing.
  case samplesPass = "samples_pass"
  /// Admission, decode, verify, delay and forward: a packet's fate does not depend on how the packets before it were cut
  /// into batches.
  case splitInvariance = "split_invariance"
  /// Mix: every packet that comes in goes out once, by the end of the drain.
  case releasesOnce = "releases_once"
  /// Mix: no packet is held longer, and no more of them at once, than the author says.
  case holdLimit = "hold_limit"
  /// The same seed, packets and times give the same events in the same order, to the byte.
  case sameSeed = "same_seed"
  /// A packet that was dropped or consumed is not sent, held or released as well, and its memory is not written to.
  case dropsStayDropped = "drops_stay_dropped"
  /// With two workers: what came is at all times what went and what is held, and every slot comes home.
  case slotsConserved = "slots_conserved"
  /// Whatever the bytes, the columns, the datagrams and the frames say, the stage does not trap and loses nothing.
  case randomBytes = "random_bytes"
  /// After a warm-up, packets are handled without a single allocation.
  case noAllocation = "no_allocation"
  /// A stage that is never started, one that is stopped at once and one that is stopped with packets on their way: nothing
  /// traps and no packet is lost.
  case stopLosesNothing = "stop_loses_nothing"

  /// The name in reports.
  public var name: String { rawValue }
}
