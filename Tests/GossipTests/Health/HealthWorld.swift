import Gossip
import GossipSim
import MixNet
import Testing

/// One node's book, and peers that do as they are told.
final class HealthWorld {
  /// What a peer does.
  struct Manner {
    /// It answers, and it chats.
    var isThere = true
    /// From a check to its answer.
    var latency = Nanos.ms(40)
    /// It says something so often, at times of its own.
    var chat: Nanos?
    /// Of a hundred words so many are lost.
    var loss: UInt64 = 0
  }

  private enum Event {
    case answer(Bytes32, UInt32)
    case chat(Bytes32)
  }

  private(set) var book: HealthBook
  var manners: [Bytes32: Manner] = [:]
  /// What comes to the node waits for so long.
  var inbound = Nanos.zero
  var doubt = 0
  private(set) var now = Instant(ns: 1_000_000_000)
  private(set) var log: [(time: Instant, effect: HealthEffect)] = []
  private var queue = EventQueue<Event>()
  private var random: RandomStream
  private var sleepsUntil = Instant.zero
  /// Whether a node that wakes up reads before it looks at the clock.
  var readsFirst = true

  init(seed: UInt64 = 1, _ change: (inout HealthSettings) -> Void = { _ in }) {
    var settings = HealthSettings()
    change(&settings)
    book = HealthBook(settings, seed: Seed(seed))
    random = RandomStream(seed: Seed(seed).derived("world"))
  }

  func connect(_ id: Bytes32, _ manner: Manner = Manner()) {
    manners[id] = manner
    check(book.connected(id, now: now))
    if manner.chat != nil { chat(id) }
  }

  func disconnect(_ id: Bytes32) {
    manners[id] = nil
    book.disconnected(id, now: now)
  }

  /// The node does nothing for so long.
  func sleep(for time: Nanos) { sleepsUntil = now + time }

  func run(for time: Nanos) {
    let end = now + time
    while true {
      let due = book.next
      let isAsleep = sleepsUntil > now
      // While it sleeps, nothing is done, and all that comes waits.
      let until = isAsleep && readsFirst ? min(end, max(due, sleepsUntil)) : min(end, due)
      if let (time, event) = queue.pop(until: until) {
        now = max(now, time, sleepsUntil)
        happens(event)
      } else if due <= end {
        now = max(now, due, sleepsUntil)
        tick()
      } else {
        break
      }
    }
    now = max(now, end)
  }

  private func tick() {
    var effects: [HealthEffect] = []
    book.tick(now, doubt: doubt, &effects)
    #expect(book.next > now)
    for effect in effects {
      log.append((now, effect))
      if case .check(let id, let number) = effect { asked(id, number) }
    }
  }

  private func asked(_ id: Bytes32, _ number: UInt32) {
    guard let manner = manners[id], manner.isThere, random.below(100) >= manner.loss else { return }
    queue.push(now + manner.latency + inbound, .answer(id, number))
  }

  private func happens(_ event: Event) {
    switch event {
    case .answer(let id, let number): book.answered(id, number, now: now)
    case .chat(let id):
      if let manner = manners[id], manner.isThere, random.below(100) >= manner.loss { book.seen(id, now: now) }
      chat(id)
    }
  }

  private func chat(_ id: Bytes32) {
    guard let pause = manners[id]?.chat else { return }
    queue.push(now + Nanos(random.below(2 * pause.ns)) + .ms(1), .chat(id))
  }

  // MARK: What happened

  func checks(of id: Bytes32? = nil) -> [Instant] {
    log.compactMap { if case .check(let one, _) = $0.effect, id == nil || one == id { $0.time } else { nil } }
  }
  func replaced() -> [(time: Instant, id: Bytes32)] {
    log.compactMap { if case .replace(let id) = $0.effect { ($0.time, id) } else { nil } }
  }
  func forgotten() -> [(time: Instant, id: Bytes32)] {
    log.compactMap { if case .stale(let id) = $0.effect { ($0.time, id) } else { nil } }
  }
  var doubts: Int { log.count { $0.effect == .doubt } }
}
