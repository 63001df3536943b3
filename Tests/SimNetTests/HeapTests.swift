import MixNet
import Testing

@testable import SimNet

/// Events, time and the numbers that delays are made of.
@Suite struct HeapTests {
  @Test("fault 35: events of one moment come in the order in which they were asked for")
  func eventsComeInOrderOfTimeAndThenOfPush() {
    var heap = EventHeap(capacity: 1)
    var random = RandomStream(seed: Seed(4))
    var wanted: [(UInt64, UInt32)] = []
    for who in 0..<5_000 as Range<UInt32> {
      let time = random.below(300)
      heap.push(at: time, .mark, who: who, token: 0)
      wanted.append((time, who))
    }
    wanted.sort { $0 < $1 }
    var found: [(UInt64, UInt32)] = []
    while let event = heap.pop() { found.append((event.time, event.who)) }
    #expect(found.elementsEqual(wanted, by: ==))
    #expect(heap.nextTime == nil)
  }

  @Test func delaysKeepTheirBounds() {
    var random = RandomStream(seed: Seed(6))
    let tail = Delay.exponential(least: .ms(1), mean: .ms(10))
    var sum: UInt64 = 0
    var slow = 0
    for _ in 0..<20_000 {
      let uniform = Delay.uniform(.us(5), .us(9)).length(random.next())
      #expect(uniform >= .us(5) && uniform <= .us(9))
      let exponential = tail.length(random.next())
      #expect(exponential >= .ms(1) && exponential < .ms(460))
      sum += exponential.ns
      if Delay.bimodal(fast: .ms(1), slow: .s(1), slowChance: .percent(10)).length(random.next()) >= .s(1) { slow += 1 }
    }
    #expect(abs(Double(sum) / 20_000 - 11_000_000) < 300_000)
    #expect((1_800...2_200).contains(slow))
    #expect(Delay.uniform(.s(2), .s(1)).length(7) == .s(2))
    #expect(Delay.exponential(least: .zero, mean: Nanos(.max)).length(0) == Nanos(.max))
  }

  @Test func aClockThatDriftsIsAskedTheRightTime() {
    let time = WorldTime(ns: 1_000)
    let clock = SimClock(time: time, wall: WallTime(ns: 5))
    for drift in [-100_000, -333, 0, 77, 100_000] as [Int64] {
      clock.setDrift(drift)
      for span in [1, 999, 1_000_003, 86_400_000_000_000] as [UInt64] {
        let wanted = clock.now + Nanos(span)
        let world = clock.worldTime(of: wanted)
        time.ns = world - 1
        #expect(clock.now < wanted)
        time.ns = world
        #expect(clock.now >= wanted)
      }
    }
    let wall = clock.wall
    clock.jump(by: -1_000_000_000)
    #expect(clock.wall.ns == wall.ns - 1_000_000_000)
    clock.jump(by: .max)
    #expect(clock.wall.ns == .max)
  }

  @Test func aSwarmDrawsFamiliesAndRates() {
    var on = [Int](repeating: 0, count: FaultFamily.allCases.count)
    for seed in 0..<200 as Range<UInt64> {
      let plan = FaultPlan.swarm(SimSeed(seed))
      for family in plan.families {
        on[Int(family.rawValue)] += 1
        #expect(plan[family] >= family.swarmRange.0 && plan[family] <= family.swarmRange.1)
      }
      // One family less moves no other.
      let less = FaultPlan.swarm(SimSeed(seed), among: FaultFamily.allCases.filter { $0 != .loss })
      for family in FaultFamily.allCases { #expect(less[family] == (family == .loss ? .never : plan[family])) }
    }
    #expect(on.allSatisfy { (60...140).contains($0) })
    for family in FaultFamily.allCases { #expect(FaultFamily(name: family.name) == family) }
    #expect(FaultFamily(name: "none") == nil)
  }
}
