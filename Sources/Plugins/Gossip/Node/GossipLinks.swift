import MixNet

/// A link, from the first byte to the last. An object, since it is looked at for every frame and is large: a value would be copied.
final class GossipLink {
  /// What this node opened it for.
  enum Purpose: Sendable {
    /// A request of the views, by its number there.
    case view(UInt64)
    /// Messages straight to this node.
    case mesh(Bytes32)
  }

  // What every frame asks for stands first, so that it fills few lines of the processor's cache.
  let number: LinkNumber
  /// Where its peer was last found in the book of health.
  var healthPlace = 0
  /// The neighbour's place, while it is one.
  var slot: Slot?
  /// Messages for all nodes go straight over it.
  fileprivate(set) var isMesh = false
  /// This node's own messages for all nodes go to its node as datagrams.
  fileprivate(set) var takesDatagrams = false
  /// See ``GossipLinks/setSlow(_:at:)``.
  var isSlow = false
  /// The shell knows that there is something to send.
  var isPending = false
  /// Set when it is not wanted any more and only its last words have to go: then it is closed, at this time at the latest.
  fileprivate(set) var ends: Instant?
  // Nobody looks whether two accesses meet, since the core is one caller's at a time and these call nothing of others.
  @exclusivity(unchecked) private var storedQueue = LinkQueue()
  @exclusivity(unchecked) private var storedGreeting: LinkGreeting
  @exclusivity(unchecked) private var storedMessages: TokenBucket
  @exclusivity(unchecked) private var storedBytes: TokenBucket

  /// Nil for one that the other side opened.
  let purpose: Purpose?
  let since: Instant
  /// Heartbeats in a row at which something had waited for too long.
  var lateBeats = 0
  /// Frames in this heartbeat that were more than the other side may send.
  var excess = 0
  /// How long the greeting took.
  var roundTrip = Nanos.zero
  /// The other side was told that its messages may come as datagrams: those from this number on. And when it may be told that again.
  var datagramsFrom: UInt64?
  var datagramsAgain = Instant.zero
  /// Announcements and questions that the other side may send.
  var words: TokenBucket

  /// A link that is new, with all that the other side may send at once.
  init(_ number: LinkNumber, _ purpose: Purpose?, nonce: Bytes32, _ settings: GossipSettings, now: Instant) {
    (self.number, self.purpose, since) = (number, purpose, now)
    unsafe storedGreeting = LinkGreeting(nonce: nonce, isDialled: purpose != nil)
    unsafe storedMessages = TokenBucket(rate: settings.linkMessages, burst: settings.linkMessagesBurst, now: now)
    unsafe storedBytes = TokenBucket(rate: settings.linkBytes, burst: settings.linkBytesBurst, now: now)
    words = TokenBucket(rate: settings.linkWords, burst: settings.linkWords * 4, now: now)
  }

  var greeting: LinkGreeting {
    _read { yield unsafe storedGreeting }
    _modify { yield unsafe &storedGreeting }
  }
  var peer: Bytes32? { greeting.peer }

  var queue: LinkQueue {
    _read { yield unsafe storedQueue }
    _modify { yield unsafe &storedQueue }
  }
  /// What the other side may send still, in messages and in bytes.
  var messages: TokenBucket {
    _read { yield unsafe storedMessages }
    _modify { yield unsafe &storedMessages }
  }
  var bytes: TokenBucket {
    _read { yield unsafe storedBytes }
    _modify { yield unsafe &storedBytes }
  }
}

/// All links, in the order in which they came.
struct GossipLinks: ~Copyable {
  private(set) var all: [GossipLink] = []
  private var places: NumberTable
  /// How often it has changed which of them are there, go straight to their nodes, and how, or are to end. Whose a link is changes but once, before it
  /// is for anything.
  private(set) var changes: UInt64 = 0

  init(seed: Seed) { places = NumberTable(seed: seed) }

  func place(_ number: LinkNumber) -> Int? { places[number] }
  subscript(place: Int) -> GossipLink { all[place] }

  var count: Int { all.count }

  func first(where isOne: (GossipLink) -> Bool) -> Int? { all.firstIndex(where: isOne) }

  /// The place of the link for messages straight to a node.
  func mesh(with peer: Bytes32) -> Int? { all.firstIndex { $0.isMesh && $0.peer == peer } }

  mutating func add(_ link: GossipLink) {
    places[link.number] = all.count
    all.append(link)
    changes += 1
  }

  /// Whether messages for all nodes go straight over a link.
  mutating func setMesh(_ isMesh: Bool, at place: Int) {
    all[place].isMesh = isMesh
    changes += 1
  }

  /// Whether messages for all nodes go to its node as datagrams.
  mutating func setDatagrams(_ takesDatagrams: Bool, at place: Int) {
    guard all[place].takesDatagrams != takesDatagrams else { return }
    all[place].takesDatagrams = takesDatagrams
    changes += 1
  }

  /// Whether messages wait for it for too long.
  mutating func setSlow(_ isSlow: Bool, at place: Int) {
    all[place].isSlow = isSlow
    changes += 1
  }

  /// A link is not wanted any more from now on, and is closed at this time at the latest.
  mutating func end(_ place: Int, at time: Instant) {
    all[place].ends = time
    changes += 1
  }

  mutating func remove(_ number: LinkNumber) -> GossipLink? {
    guard let place = places[number] else { return nil }
    places[number] = nil
    changes += 1
    let link = all.remove(at: place)
    for later in place..<all.count { places[all[later].number] = later }
    return link
  }
}
