import MixNet
import Testing

@testable import Gossip

/// Whatever peers say, in whatever order, a node goes on and stays within its bounds.
struct HostileTests {
  private func someRecord(_ random: inout RandomStream) -> NodeRecord {
    let incarnations: [UInt64] = [0, 1, 2, 3, 1 << 19, 1 << 61, NodeRecord.incarnationMax - 1]
    let number = Int(random.below(60))
    return node(number, group: Int(random.below(40)), incarnation: incarnations[Int(random.below(7))])
  }

  private func someHints(_ random: inout RandomStream) -> [PeerHint] {
    (0..<random.below(9)).map { _ in
      let record = someRecord(&random)
      return PeerHint(record, age: UInt16(truncatingIfNeeded: random.next()))
    }
  }

  private func someMessage(_ random: inout RandomStream) -> ViewMessage {
    let (record, hints) = (someRecord(&random), someHints(&random))
    let ttl = UInt8(random.below(16))
    let backoff = UInt16(truncatingIfNeeded: random.next())
    switch random.below(8) {
    case 0: return .join(record)
    case 1: return .forwardJoin(record, ttl: ttl)
    case 2: return .neighbour(record, ViewMessage.Need(rawValue: UInt8(random.below(3))) ?? .more)
    case 3: return .accepted(record, peers: hints)
    case 4: return .refused(record, backoff: backoff, peers: hints)
    case 5: return .disconnect(isLeaving: random.below(2) == 0, backoff: backoff, peers: hints)
    case 6: return .shuffle(walk: random.below(50), ttl: ttl, origin: record, peers: hints)
    default: return .shuffleReply(walk: random.below(50), peers: hints)
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func anyWordsAboutViews(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var settings = ViewSettings()
    settings.seeds = [node(1).address, node(2).address]
    settings.anchors = settings.seeds
    var views = HyParView(node(0), settings, seed: Seed(seed))
    var (now, effects): (Instant, [ViewEffect]) = (Instant(ns: 1_000_000_000), [])
    var (slots, links, ups): (Set<Slot>, LinkNumber, Int) = ([], 1, 0)
    views.start(now: now, &effects)
    for _ in 0..<60_000 {
      now = now + .us(random.below(40_000))
      switch random.below(12) {
      case 0: views.linkDown(random.below(links), now: now, &effects)
      case 1: views.dialFailed(random.below(views.dialsMade + 2), now: now, &effects)
      case 2...3:
        links += 1
        views.dialled(views.dialsMade - min(views.dialsMade, random.below(8)), link: links, now: now, &effects)
      case 4:
        links += 1
        views.receive(someMessage(&random), on: links, now: now, &effects)
      default:
        let link = links - min(links, random.below(20))
        views.receive(someMessage(&random), on: link, now: now, &effects)
      }
      if views.next <= now { views.tick(now, &effects) }
      check(views.next > now)
      for effect in effects {
        switch effect {
        case .slotUp(let slot, _, _):
          check(slots.insert(slot).inserted)
          ups += 1
        case .slotDown(let slot, _): check(slots.remove(slot) != nil)
        default: break
        }
      }
      effects = []
      let (passive, walks, dials) = (views.passive.entries.count, views.walks.count, views.dials.count)
      #expect(slots.count == views.up.size && passive <= 36 && walks <= 64 && dials <= 8)
    }
    #expect(ups > 500)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func anyWordsAboutMembers(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var settings = SwimSettings()
    settings.membersMax = 50
    var swim = Swim(node(0), settings, seed: Seed(seed))
    var (now, effects): (Instant, [SwimEffect]) = (Instant(ns: 1_000_000_000), [])
    swim.start(seeds: [node(1).address], now: now, &effects)
    var (events, numbers): (Int, [UInt32]) = (0, [0])
    for _ in 0..<60_000 {
      now = now + .us(random.below(20_000))
      let updates = (0..<random.below(5)).map { _ in
        let status = MemberUpdate.Status(rawValue: UInt8(random.below(4))) ?? .alive
        let record = someRecord(&random)
        return MemberUpdate(status, record, accuser: random.below(5))
      }
      let number = numbers[Int(random.below(UInt64(numbers.count)))]
      let (record, other) = (someRecord(&random), someRecord(&random))
      switch random.below(9) {
      case 0: swim.receive(.ping(number, target: node(0).id, from: record, updates), now: now, &effects)
      case 1: swim.receive(.ack(number, incarnation: record.incarnation, updates), now: now, &effects)
      case 2:
        let budget = UInt16(truncatingIfNeeded: random.next())
        swim.receive(.pingRequest(1, budget: budget, from: record, target: other, updates), now: now, &effects)
      case 3: swim.receive(.nack(number), now: now, &effects)
      case 4: swim.receive(.pull(after: other.id, from: record, count: .max), now: now, &effects)
      case 5: swim.receive(.piece(after: Bytes32(), isLast: random.below(2) == 0, updates), now: now, &effects)
      case 6: swim.hint(record.id, now: now, &effects)
      default: swim.receive(.gossip(updates), now: now, &effects)
      }
      if swim.next <= now { swim.tick(now, &effects) }
      check(swim.next > now)
      for effect in effects {
        switch effect {
        case .send(.ping(let number, _, _, _), _, _): numbers = numbers.suffix(8) + [number]
        case .send: break
        default: events += 1
        }
      }
      effects = []
      let (members, probes, errands) = (swim.members.all.count, swim.probes.count, swim.errands.count)
      #expect(members <= 50 && probes <= 64 && errands <= 128)
      let isThere = swim.members.all.count { $0.isThere }
      check(swim.present == isThere + 1)
    }
    #expect(events > 100)
  }
}
