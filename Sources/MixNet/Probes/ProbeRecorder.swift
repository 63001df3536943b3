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

    /// What a pass looks at. The thread's word points here, so that a pass costs a few instructions and counts no references.
    @unsafe private struct Ear {
      /// What was last looked up, by a hash of where the literal lies: a turn of a node passes a dozen points.
      let recent: UnsafeMutablePointer<(address: UInt, point: UnsafeMutablePointer<Point>?)>
      /// Whether trouble is made now, and whether a mistake is planted.
      var isBuggy: Bool
      let plants: Bool
      /// It lives while it listens.
      unowned(unsafe) let recorder: ProbeRecorder

      static let recentBits: UInt = 10
    }

    private let settings: Settings
    /// Each in memory of its own, which stays where it is.
    private var points: [UnsafeMutablePointer<Point>] = unsafe []
    /// A literal may lie in several places of a program; each is looked up by its text once.
    private var places: [UInt: Int] = [:]
    private let ear: UnsafeMutablePointer<Ear>
    /// Conditions that did not hold, each once.
    public private(set) var broken: [String] = []
    /// True when trouble is over: nothing is made any more, though values stay as they are.
    public var isCalm = false { didSet { unsafe ear.pointee.isBuggy = settings.isBuggy && !isCalm } }
    /// Called when a point made trouble, a mistake was made, or a condition did not hold. It must pass no point.
    public var note: ((_ what: StaticString, _ name: String) -> Void)?

    /// A recorder that has heard nothing yet.
    public init(_ settings: Settings) {
      self.settings = settings
      unsafe ear = .allocate(capacity: 1)
      unsafe ear.initialize(
        to: Ear(
          recent: .allocate(capacity: 1 << Ear.recentBits), isBuggy: settings.isBuggy, plants: settings.planted != nil,
          recorder: self))
      unsafe ear.pointee.recent.initialize(repeating: (0, nil), count: 1 << Ear.recentBits)
    }

    deinit {
      unsafe points.forEach { point in
        unsafe point.deinitialize(count: 1)
        unsafe point.deallocate()
      }
      unsafe ear.pointee.recent.deallocate()
      unsafe ear.deallocate()
    }

    /// The ear of the one that listens on this thread.
    @inline(__always)
    private static var here: UnsafeMutablePointer<Ear>? { unsafe probes_listener()?.assumingMemoryBound(to: Ear.self) }

    /// Whether one listens on this thread.
    public static var isHeard: Bool { unsafe probes_listener() != nil }

    /// ``Probe/outside``
    public static var outside: UInt64 { UInt64(probes_outside()) }

    /// Listens on this thread while `body` runs.
    public func listen<Result>(_ body: () -> Result) -> Result {
      let before = unsafe probes_listener()
      unsafe probes_set_listener(ear)
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
    public static func buggify(_ name: StaticString, oneIn: UInt64) -> Bool {
      guard let ear = unsafe here else { return false }
      let point = unsafe pass(name, ear)
      guard unsafe ear.pointee.isBuggy, unsafe point.pointee.isActive, unsafe point.pointee.random.below(oneIn) == 0
      else { return false }
      unsafe point.pointee.fired += 1
      unsafe ear.pointee.recorder.note?("buggify", point.pointee.name)
      return true
    }

    /// ``Probe/knob(_:default:in:)``: nil is the usual value.
    public static func knob(_ name: StaticString, in range: ClosedRange<Int>) -> Int? {
      guard let ear = unsafe here else { return nil }
      return unsafe ear.pointee.recorder.knob(name, in: range)
    }

    /// The same, of this recorder, whether it listens or not.
    public func knob(_ name: StaticString, in range: ClosedRange<Int>) -> Int? {
      let point = unsafe Self.pass(name, ear)
      guard settings.isBuggy, unsafe point.pointee.isActive else { return nil }
      if let value = unsafe point.pointee.value { return value }
      let width = UInt64(range.upperBound - range.lowerBound) + 1
      let value = unsafe range.lowerBound + Int(point.pointee.random.below(width))
      unsafe point.pointee.value = value
      unsafe point.pointee.fired = 1
      unsafe note?("knob", point.pointee.name)
      return value
    }

    /// ``Probe/planted(_:oneIn:)``
    public static func planted(_ name: StaticString, oneIn: UInt64) -> Bool {
      guard let ear = unsafe here, unsafe ear.pointee.plants else { return false }
      let point = unsafe pass(name, ear)
      let isIt = unsafe ear.pointee.recorder.settings.planted == point.pointee.name
      guard isIt, unsafe point.pointee.random.below(oneIn) == 0 else { return false }
      unsafe point.pointee.fired += 1
      unsafe ear.pointee.recorder.note?("planted", point.pointee.name)
      return true
    }

    /// ``Probe/sometimes(_:_:)`` and ``Probe/reachable(_:)``
    public static func pass(_ name: StaticString, _ holds: Bool) {
      guard let ear = unsafe here else { return }
      let point = unsafe pass(name, ear)
      if holds { unsafe point.pointee.fired += 1 }
    }

    /// ``Probe/always(_:_:)`` and ``Probe/unreachable(_:)``
    public static func must(_ name: StaticString, _ holds: Bool) {
      guard let ear = unsafe here else {
        // A test without a recorder must not go on as if nothing were wrong. No node is built with this.
        if !holds { fatalError("the probe \(name) does not hold") }
        return
      }
      let point = unsafe pass(name, ear)
      if holds { return }
      unsafe point.pointee.fired += 1
      let recorder = unsafe ear.pointee.recorder
      if unsafe point.pointee.fired == 1 { unsafe recorder.broken.append(point.pointee.name) }
      unsafe recorder.note?("broken", point.pointee.name)
    }

    /// Passes a point; what the kind of probe asks for is done with it. A note must pass no point: this one is in use.
    @inline(__always)
    private static func pass(_ name: StaticString, _ ear: UnsafeMutablePointer<Ear>) -> UnsafeMutablePointer<Point> {
      let address = unsafe UInt(bitPattern: name.utf8Start)
      let entry = unsafe ear.pointee.recent + Int((address &* 0x9e37_79b9_7f4a_7c15) >> (64 - Ear.recentBits))
      let known = unsafe entry.pointee.address == address ? entry.pointee.point : nil
      let point = unsafe known ?? ear.pointee.recorder.find(name, at: address)
      unsafe entry.pointee = (address, point)
      unsafe point.pointee.passed += 1
      return unsafe point
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
