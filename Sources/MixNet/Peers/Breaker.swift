/// Keeps from calling a peer that has failed again and again: after some failures in a row it opens for a while, then lets
/// one probe through, and closes when that one succeeds.
///
/// Each opening lasts longer than the one before, up to a bound. Source: Envoy's outlier detection, whose defaults these are.
public struct Breaker: Sendable {
  /// What a breaker keeps to.
  public struct Settings: Equatable, Sendable {
    /// Failures in a row that open it.
    public var failures = 5
    /// How long the first opening lasts; the n-th lasts n times as long.
    public var base = Nanos.s(30)
    /// The longest that an opening lasts.
    public var most = Nanos.s(300)
    /// The settings that nothing else is said about.
    public init() {}
  }

  /// What a breaker does with calls.
  public enum State: Equatable, Sendable {
    /// All may pass.
    case closed
    /// None may pass until then.
    case open(until: Instant)
    /// One is under way and decides.
    case probing
  }

  private let settings: Settings
  private var failures = 0
  private var openings: UInt64 = 0
  /// What it does now.
  public private(set) var state = State.closed

  /// A closed breaker.
  public init(_ settings: Settings) { self.settings = settings }

  /// True when a call may be made now. After an opening the first that asks is the probe; others wait for its outcome.
  public mutating func mayCall(_ now: Instant) -> Bool {
    switch state {
    case .closed: return true
    case .probing: return false
    case .open(let until):
      guard until <= now else { return false }
      state = .probing
      Probe.reachable("breaker.probed")
      return true
    }
  }

  /// A call has succeeded.
  public mutating func succeeded() {
    Probe.sometimes("breaker.closed_after_probe", state == .probing)
    failures = 0
    openings = 0
    state = .closed
  }

  /// A call has failed. `mayOpen` is false when too many peers are shut out already: then calls go on.
  public mutating func failed(_ now: Instant, mayOpen: Bool = true, _ random: inout RandomStream) {
    failures += 1
    let isEarly = Probe.buggify("breaker.early", oneIn: 10)
    guard state == .probing || failures >= settings.failures || isEarly else { return }
    Probe.sometimes("breaker.held_closed", !mayOpen)
    guard mayOpen else { return state = .closed }
    Probe.reachable("breaker.opened")
    openings = min(openings + 1, 1 << 20)
    let base = Probe.knob("breaker.base_ms", default: settings.base, ms: 200...5_000)
    let time = min(settings.most, base * openings)
    // A tenth more at most, so that those who opened together do not probe together.
    state = .open(until: now + time + Nanos(random.below(time.ns / 10 + 1)))
  }

  /// True while it keeps calls back.
  public var isOpen: Bool { state != .closed }
}

/// Counts the peers that breakers shut out, and holds them to a share of all: when most peers seem to have failed, it is
/// likelier that this node's own network has.
public struct Ejections: Sendable {
  /// The greatest share of all peers, in percent; of several, one may always be shut out.
  public var percentMax: Int
  /// Peers that are shut out now.
  public private(set) var count = 0

  /// Nobody is shut out.
  public init(percentMax: Int = 50) { self.percentMax = percentMax }

  /// True when one more of `all` peers may be shut out. The only one never is: nothing is won by sparing it, and a chain whose next
  /// node restarts would stand still for longer than that takes.
  public func allowsOneMore(of all: Int) -> Bool {
    all > 1 && (count == 0 || (count + 1) * 100 <= all * percentMax)
  }

  /// A breaker has opened or closed.
  public mutating func changed(isOpen: Bool) { count = max(0, count + (isOpen ? 1 : -1)) }
}
