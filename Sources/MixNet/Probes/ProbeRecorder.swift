#if Probes
  internal import CProbes

  /// Decides what the probes do that one world passes, and counts them.
  ///
  /// All decisions follow from the seed, each point's from a stream of its own that is named like the point: one point
  /// more, or one pass more elsewhere, changes none of them. A world runs on one thread, and its recorder listens there
  /// while it does, so that several worlds run beside each other.
  @safe public final class ProbeRecorder {
    /// What is decided before a run.
    public struct Settings: Sendable {
      /// Everything is drawn from here.
      public var seed: Seed
      /// Whether ``Probe/buggify(_:oneIn:)`` and ``Probe/knob(_:default:in:)`` do anything.
      public var isBuggy: Bool
      /// The one mistake that is planted.
      public var planted: String?

      /// Settings of this seed.
      public init(seed: Seed, isBuggy: Bool, planted: String? = nil) {
        (self.seed, self.isBuggy, self.planted) = (seed, isBuggy, planted)
      }
    }

    /// What became of one point.
    public struct Count: Sendable {
      /// The point.
      public let name: String
      /// How often it was passed.
      public let passed: Int
      /// How often it fired: a fault was made, a value was changed, a condition held; for what must hold, how often it
      /// did not.
      public let fired: Int
    }

    /// A point for trouble is active in one run of so many.
    public static let activeOneIn: UInt64 = 4

    private struct Point: ~Copyable {
      let name: String
      let isActive: Bool
      var random: RandomStream
      var value: Int?
      var (passed, fired) = (0, 0)

      init(_ name: StaticString, _ seed: Seed) {
        self.name = name.description
        random = RandomStream(seed: seed.derived(name))
        isActive = random.below(ProbeRecorder.activeOneIn) == 0
      }
    }

    private let settings: Settings
    /// Each in memory of its own, which stays where it is: a pass costs a few instructions, and no counting of references.
    private var points: [UnsafeMutablePointer<Point>] = unsafe []
    /// A literal may lie in several places of a program; each is looked up by its text once.
    private var places: [UInt: Int] = [:]
    /// What was last looked up, by a hash of where the literal lies: a turn of a node passes a dozen points.
    private let recent: UnsafeMutablePointer<(address: UInt, point: UnsafeMutablePointer<Point>?)>
    private static let recentBits: UInt = 10
    /// Conditions that did not hold, each once.
    public private(set) var broken: [String] = []
    /// True when trouble is over: nothing is made any more, though values stay as they are.
    public var isCalm = false
    /// Called when a point made trouble, a mistake was made, or a condition did not hold. It must pass no point.
    public var note: ((_ what: StaticString, _ name: String) -> Void)?

    /// A recorder that has heard nothing yet.
    public init(_ settings: Settings) {
      self.settings = settings
      unsafe recent = .allocate(capacity: 1 << Self.recentBits)
      unsafe recent.initialize(repeating: (0, nil), count: 1 << Self.recentBits)
    }

    deinit {
      unsafe points.forEach { point in
        unsafe point.deinitialize(count: 1)
        unsafe point.deallocate()
      }
      unsafe recent.deallocate()
    }

    /// The one that listens on this thread.
    @inlinable public static var current: ProbeRecorder? {
      guard let listener = unsafe here else { return nil }
      return unsafe Unmanaged<ProbeRecorder>.fromOpaque(listener).takeUnretainedValue()
    }

    @usableFromInline static var here: UnsafeMutableRawPointer? { unsafe probes_listener() }

    /// ``Probe/outside``
    public static var outside: UInt64 { UInt64(probes_outside()) }

    /// Listens on this thread while `body` runs.
    public func listen<Result>(_ body: () -> Result) -> Result {
      let before = unsafe probes_listener()
      unsafe probes_set_listener(Unmanaged.passUnretained(self).toOpaque())
      defer { unsafe probes_set_listener(before) }
      return body()
    }

    /// What became of the points that were passed, in the order of their names.
    public var counts: [Count] {
      unsafe points.map { unsafe Count(name: $0.pointee.name, passed: $0.pointee.passed, fired: $0.pointee.fired) }
        .sorted { $0.name < $1.name }
    }

    // MARK: Passing a point

    /// ``Probe/buggify(_:oneIn:)``
    public func buggify(_ name: StaticString, oneIn: UInt64) -> Bool {
      visit(name) { point in
        guard settings.isBuggy, point.isActive, !isCalm, point.random.below(oneIn) == 0 else { return false }
        point.fired += 1
        note?("buggify", point.name)
        return true
      }
    }

    /// ``Probe/knob(_:default:in:)``: nil is the usual value.
    public func knob(_ name: StaticString, in range: ClosedRange<Int>) -> Int? {
      visit(name) { point in
        guard settings.isBuggy, point.isActive else { return nil }
        if let value = point.value { return value }
        let width = UInt64(range.upperBound - range.lowerBound) + 1
        let value = range.lowerBound + Int(point.random.below(width))
        point.value = value
        point.fired = 1
        note?("knob", point.name)
        return value
      }
    }

    /// ``Probe/planted(_:oneIn:)``
    public func planted(_ name: StaticString, oneIn: UInt64) -> Bool {
      guard let planted = settings.planted else { return false }
      return visit(name) { point in
        guard planted == point.name, point.random.below(oneIn) == 0 else { return false }
        point.fired += 1
        note?("planted", point.name)
        return true
      }
    }

    /// ``Probe/sometimes(_:_:)`` and ``Probe/reachable(_:)``
    public func pass(_ name: StaticString, _ holds: Bool) {
      visit(name) { if holds { $0.fired += 1 } }
    }

    /// ``Probe/always(_:_:)`` and ``Probe/unreachable(_:)``
    public static func must(_ name: StaticString, _ holds: Bool) {
      guard let recorder = current else {
        // A test without a recorder must not go on as if nothing were wrong. No node is built with this.
        if !holds { fatalError("the probe \(name) does not hold") }
        return
      }
      recorder.visit(name) { point in
        if holds { return }
        point.fired += 1
        if point.fired == 1 { recorder.broken.append(point.name) }
        recorder.note?("broken", point.name)
      }
    }

    /// Passes a point, and does with it what the kind of probe asks for. A note must pass no point: this one is in use.
    @inline(__always)
    private func visit<Result>(_ name: StaticString, _ body: (inout Point) -> Result) -> Result {
      let address = unsafe UInt(bitPattern: name.utf8Start)
      let entry = unsafe recent + Int((address &* 0x9e37_79b9_7f4a_7c15) >> (64 - Self.recentBits))
      let known = unsafe entry.pointee.address == address ? entry.pointee.point : nil
      let point = unsafe known ?? find(name, at: address)
      unsafe entry.pointee = (address, point)
      unsafe point.pointee.passed += 1
      return unsafe body(&point.pointee)
    }

    private func find(_ name: StaticString, at address: UInt) -> UnsafeMutablePointer<Point> {
      let place = places[address] ?? place(of: name)
      places[address] = place
      return unsafe points[place]
    }

    private func place(of name: StaticString) -> Int {
      let text = name.description
      if let known = unsafe points.firstIndex(where: { unsafe $0.pointee.name == text }) { return known }
      let point = UnsafeMutablePointer<Point>.allocate(capacity: 1)
      unsafe point.initialize(to: Point(name, settings.seed))
      unsafe points.append(point)
      return unsafe points.count - 1
    }
  }

  @available(*, unavailable)
  extension ProbeRecorder: Sendable {}
#endif
