/// Points in a node's own code that a simulation hears of: places where it may make trouble, and places that a good test
/// must have seen.
///
/// They are there only where the package's trait `Probes` is on, as in the simulator and in tests. In a node that is
/// built without it each of them is a constant, and not even its name is left. Where the trait is on and no
/// ``ProbeRecorder`` listens on the thread, nothing is done but what ``always(_:_:)`` and ``unreachable(_:)`` say.
///
/// A name says module and moment, as `link.queue_full`, and is written as a literal, in one place of the code: every
/// name stands in the simulator's catalogue, and a test compares the two.
///
/// Source of the idea: FoundationDB's BUGGIFY and Antithesis' assertions.
public enum Probe {
  /// True, now and then, in some runs: the caller then does what is unusual, but what a correct node must survive.
  ///
  /// A point is active in one run of ``ProbeRecorder/activeOneIn``, and fires in such a run at one pass of `oneIn`.
  @inlinable @inline(__always)
  public static func buggify(_ name: StaticString, oneIn: UInt64 = 4) -> Bool {
    #if Probes
      return ProbeRecorder.buggify(name, oneIn: oneIn)
    #else
      return false
    #endif
  }

  /// The usual value of a setting; in some runs another one of `range`, the same throughout the run.
  @inlinable @inline(__always)
  public static func knob(_ name: StaticString, default usual: Int, in range: ClosedRange<Int>) -> Int {
    #if Probes
      return ProbeRecorder.knob(name, in: range) ?? usual
    #else
      return usual
    #endif
  }

  /// The usual length of time; in some runs another one, of so many milliseconds, the same throughout the run.
  @inlinable @inline(__always)
  public static func knob(_ name: StaticString, default usual: Nanos, ms range: ClosedRange<Int>) -> Nanos {
    #if Probes
      return ProbeRecorder.knob(name, in: range).map { .ms(UInt64($0)) } ?? usual
    #else
      return usual
    #endif
  }

  /// Must hold whenever it is passed. A simulation reports it when it does not; without one the process ends, as with
  /// `assert`.
  @inlinable @inline(__always)
  public static func always(_ name: StaticString, _ condition: @autoclosure () -> Bool) {
    #if Probes
      ProbeRecorder.must(name, condition())
    #endif
  }

  /// Must never be passed; what follows is the same as with ``always(_:_:)``.
  @inlinable @inline(__always)
  public static func unreachable(_ name: StaticString) {
    #if Probes
      ProbeRecorder.must(name, false)
    #endif
  }

  /// Must hold at least once in a sweep: else the sweep has not tested what it is for.
  @inlinable @inline(__always)
  public static func sometimes(_ name: StaticString, _ condition: @autoclosure () -> Bool) {
    #if Probes
      if ProbeRecorder.isHeard { ProbeRecorder.pass(name, condition()) }
    #endif
  }

  /// Must be passed at least once in a sweep.
  @inlinable @inline(__always)
  public static func reachable(_ name: StaticString) {
    #if Probes
      ProbeRecorder.pass(name, true)
    #endif
  }

  /// A number that does not follow from the seed, for the mistake of using one; zero without the probes.
  @inlinable @inline(__always)
  public static var outside: UInt64 {
    #if Probes
      return ProbeRecorder.outside
    #else
      return 0
    #endif
  }

  /// A mistake that somebody might make one day: true at one pass of `oneIn`, in a run that plants this one. It shows that
  /// the simulator would find it; see the canary.
  @inlinable @inline(__always)
  public static func planted(_ name: StaticString, oneIn: UInt64 = 1) -> Bool {
    #if Probes
      return ProbeRecorder.planted(name, oneIn: oneIn)
    #else
      return false
    #endif
  }
}
