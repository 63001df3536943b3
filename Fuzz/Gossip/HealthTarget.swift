import Gossip
import MixNet

extension FuzzTarget {
  /// A neighbour: checks and answers, and a node that asks it, at whatever times.
  static let health = FuzzTarget(
    name: "health", summary: "peers: checks of health and their answers, and a node that asks", sizeMax: 200,
    seeds: { _ in
      let asked: [UInt8] = [2, 0, 2, 1, 3, 250, 3, 250, 4, 0, 3, 100, 5, 1, 3, 255, 3, 255, 3, 255]
      return [[0, 1, 0, 0, 0, 7], [0, 2, 1, 2, 3, 4], [1] + asked, [1] + asked + asked + [6, 0, 67, 255, 67, 255]]
    }
  ) {
    { input in
      var input = Input(input)
      guard input.byte() % 2 == 1 else {
        let bytes = input.rest()
        guard let message = HealthMessage(bytes.span) else { return }
        var again: [UInt8] = []
        message.encode(into: &again)
        return check(again == bytes, "a message has two encodings")
      }
      var ward = Ward()
      while !input.isEmpty { ward.take(input.byte(), &input) }
    }
  }
}

/// A book of few peers.
private struct Ward: ~Copyable {
  private var book: HealthBook
  private var now = Instant(ns: 1_000_000_000)
  private var effects: [HealthEffect] = []
  /// How often each was asked, what it was asked last, and when it was last heard.
  private var asked = [UInt64](repeating: 0, count: 12)
  private var numbers = [UInt32?](repeating: nil, count: 12)
  private var heard = [Instant](repeating: .zero, count: 12)
  private var failures = [Int](repeating: 0, count: 12)

  init() {
    var settings = HealthSettings()
    settings.peersMax = 6
    book = HealthBook(settings, seed: Seed(1))
  }

  private static func id(_ number: Int) -> Bytes32 { Bytes32([UInt8(number), 1]) }
  private static func number(_ id: Bytes32) -> Int { Int(id.array[0]) }

  mutating func take(_ step: UInt8, _ input: inout Input) {
    let number = Int(input.byte())
    let (peer, id) = (number % 12, Self.id(number % 12))
    switch step % 8 {
    case 0, 1: if book.health(of: id) != nil { hears(peer) { $0.seen(id, now: $1) } }
    case 2: if book.connected(id, now: now) { (heard[peer], failures[peer]) = (now, 0) }
    case 3, 7:
      now = now + .ms(UInt64(number) * (step & 64 == 0 ? 20 : 1_500))
      book.tick(now, doubt: Int(step / 128), &effects)
      check(book.next > now, "a node comes to no rest")
    case 4:
      guard book.health(of: id) != nil, let asked = numbers[peer] else { return }
      hears(peer) { $0.answered(id, asked, now: $1) }
    case 5: if book.health(of: id) != nil { hears(peer) { $0.answered(id, UInt32(number), now: $1) } }
    default: book.disconnected(id, now: now)
    }
    judge()
  }

  private mutating func hears(_ peer: Int, _ body: (inout HealthBook, Instant) -> Void) {
    body(&book, now)
    (heard[peer], failures[peer]) = (now, 0)
  }

  private mutating func judge() {
    check(book.count <= 6, "\(book.count) peers are known")
    check((book.next == .never) == (book.count == 0), "nobody is there, or never looked at")
    for effect in effects {
      switch effect {
      case .check(let id, let number):
        check(book.peer(id, now: now)?.isConnected == true, "somebody is asked who is not there")
        numbers[Self.number(id)] = number
        asked[Self.number(id)] += 1
        failures[Self.number(id)] += 1
      case .replace(let id):
        check(book.health(of: id) == .unhealthy, "somebody is to go who is well")
        check(failures[Self.number(id)] >= 3, "somebody is to go after \(failures[Self.number(id)]) failures")
      case .stale(let id):
        check(now - heard[Self.number(id)] >= .s(300), "somebody is forgotten too soon")
        check(book.health(of: id) == nil, "somebody is not forgotten")
      case .doubt: break
      }
    }
    for peer in book.all(now) {
      check(peer.uptime <= peer.firstConnected && peer.lastSeen <= peer.firstConnected, "a peer was there before")
      check(peer.latencySamples <= asked[Self.number(peer.id)], "more answers than checks")
    }
    effects.removeAll(keepingCapacity: true)
  }
}
