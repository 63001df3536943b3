import MixHost
import MixNet
import Testing

@testable import VRFDelay

/// The stage on a clock: which delays it gives, when it publishes, and what it does when the disk or the clock lets it down.
@Suite struct StageTests {
  private func id(_ number: UInt64) -> Bytes32 { Bytes32(words: [number, 1, 2, 3]) }

  private func audit(_ epoch: UInt64, _ law: DelayLaw = DelayLaw(.exponential, mean: .ms(50), max: .s(2))) throws
    -> EpochDelays
  {
    let name = EpochName(chain: "mix", seconds: 10, number: epoch)
    return EpochDelays(try TestNode.output(name), law)
  }

  /// Every packet waits as long as its epoch's proof says, and no longer than the wheel is exact.
  @Test func packetsWaitAsTheProofSays() throws {
    let node = try TestNode()
    for number in 1...200 as ClosedRange<UInt64> { node.feed(id(number)) }
    node.run(.s(3))
    #expect(node.left.count == 200)
    let epoch = try audit(100_000)
    for (id, time) in node.left {
      let (wait, wanted) = (time - TestNode.start, epoch.delay(of: id))
      #expect(wait >= wanted && wait - wanted <= .ms(2))
    }
    #expect(node.count("delayed") == 200 && node.count("without_id") == 0 && node.count("epoch") == 100_000)
  }

  /// Packets of the next epoch have its delays; nothing is told before an epoch is over and its packets have left.
  @Test func proofsComeAfterTheirEpochs() throws {
    let disk = TestDisk()
    let node = try TestNode("epoch_s = 10\nmax_ms = 2000\nmean_ms = 1500\nlaw = \"constant\"", disk: disk)
    #expect(disk.marker == "10 100000")
    node.run(.ms(9_990))
    node.feed(id(1))
    #expect(disk.proofs == [])
    // The epoch is over; a packet of it waits until 11.49 s, and the margin is a second more.
    node.run(.ms(2_400))
    #expect(node.left.count == 1 && node.count("epoch") == 100_001)
    #expect(disk.proofs == [] && disk.marker == "10 100000 100001" && node.count("proofs_waiting") == 1)
    node.run(.ms(200))
    #expect(disk.told == [100_000] && disk.marker == "10 100001" && node.count("proofs_waiting") == 0)
    #expect(node.count("proof_epoch") == 100_000 && node.count("proofs_published") == 1)
    // Epochs without packets are told as well, each once.
    node.run(.s(60))
    #expect(disk.told == Array(100_000...100_006))
  }

  /// Never early, whatever comes when: checked at each proof against what was fed and what has left.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func noProofIsEverEarly(_ seed: UInt64) throws {
    let disk = TestDisk()
    let node = try TestNode("epoch_s = 1\nmax_ms = 3000\nmean_ms = 700", wall: 1_000_000, disk: disk)
    var random = RandomStream(seed: Seed(seed))
    var fed: [(id: Bytes32, epoch: UInt64)] = []
    for number in 0..<300 as Range<UInt64> {
      if random.below(3) > 0 {
        node.feed(id(number))
        fed.append((id(number), 1_000_000 + (node.now - TestNode.start).ns / 1_000_000_000))
      }
      node.run(.ms(random.below(120)))
      let current = 1_000_000 + (node.now - TestNode.start).ns / 1_000_000_000
      let left = Set(node.left.map(\.id))
      for epoch in disk.told {
        #expect(epoch < current)
        for packet in fed where packet.epoch == epoch { #expect(left.contains(packet.id)) }
      }
    }
    node.run(.s(10))
    #expect(Set(node.left.map(\.id)) == Set(fed.map(\.id)))
    #expect(disk.told.count > 10 && Set(disk.told).count == disk.told.count)
    // Whoever reads the file finds every delay right.
    let law = DelayLaw(.exponential, mean: .ms(700), max: .s(3))
    for (number, epoch) in disk.told.enumerated() {
      let name = EpochName(chain: "mix", seconds: 1, number: epoch)
      let secret = try TestNode.secret(name)
      let line = disk.proofs[number]
      #expect(line.hasSuffix("\"pi\":\"\(secret.proof)\"}"))
      guard let audit = DelayAudit(try TestNode.secret.publicKey, name, secret.proof, law) else {
        Issue.record("the proof of epoch \(epoch) does not hold")
        continue
      }
      #expect(audit.delay(of: id(1)) == EpochDelays(secret.output, law).delay(of: id(1)))
    }
  }

  /// A node that comes back while an epoch lasts goes on in it; what it had not told, it tells when that may be told.
  @Test func aRestartKeepsTheEpochs() throws {
    let disk = TestDisk()
    do {
      let node = try TestNode(disk: disk)
      node.run(.s(10))
      #expect(disk.marker == "10 100000 100001" && disk.proofs == [])
      node.feed(id(1))
      node.run(.ms(5))
    }
    // Killed 5 ms into the epoch, back 3 s later: the one before is over, and its packets are gone.
    let second = try TestNode(wall: 1_000_013, disk: disk)
    second.run(.ms(1))
    #expect(disk.told == [100_000] && disk.marker == "10 100001")
    #expect(second.count("epoch") == 100_001)
    // A long sleep ends the epoch.
    _ = try TestNode(wall: 1_000_500, disk: disk)
    #expect(disk.told == [100_000, 100_001] && disk.marker == "10 100050")
  }

  /// A clock that was set back between two runs brings no epoch again whose delays everybody can compute.
  @Test func aClockSetBackBringsNoEpochAgain() throws {
    let disk = TestDisk()
    try TestNode(disk: disk).run(.ms(101_500))
    let told = disk.told
    #expect(told.max() == 100_009 && disk.marker == "10 100010")
    let node = try TestNode(wall: 500_000, disk: disk)
    #expect(node.count("epoch") == 100_010)
    for number in 1...50 as ClosedRange<UInt64> { node.feed(id(number)) }
    node.run(.s(60))
    #expect(node.count("epoch") == 100_010 && disk.told == told)
    let epoch = try audit(100_010)
    #expect(node.left.allSatisfy { $0.time - TestNode.start >= epoch.delay(of: $0.id) } && node.left.count == 50)
  }

  /// A marker that the disk has damaged stops no node.
  @Test func aDamagedMarker() throws {
    let disk = TestDisk()
    try TestNode(disk: disk).run(.s(15))
    disk.files["state/vrf_delay.mix"]?[4] ^= 1
    let node = try TestNode(wall: 1_000_040, disk: disk)
    #expect(node.count("epoch") == 100_004 && node.count("markers_lost") == 1 && disk.marker == "10 100004")
    #expect(try TestNode(wall: 1_000_041, disk: disk).count("markers_lost") == 0)
  }

  /// Epochs of another length are others: nothing of the old ones holds.
  @Test func anotherLengthBeginsAnew() throws {
    let disk = TestDisk()
    try TestNode(disk: disk).run(.s(100))
    let node = try TestNode("epoch_s = 20", wall: 1_000_200, disk: disk)
    #expect(node.count("epoch") == 50_010 && disk.marker == "20 50010")
  }

  /// While the disk takes nothing, no proof leaves, and none is lost when it does again.
  @Test func aDiskThatFailsDelaysProofs() throws {
    let disk = TestDisk()
    let node = try TestNode(disk: disk)
    disk.fails = true
    node.run(.s(25))
    #expect(disk.proofs == [] && (node.count("proofs_failed") ?? 0) > 0)
    #expect(node.count("epoch") == 100_002)
    // So many epochs can wait; then the last one lasts on.
    node.run(.s(100))
    #expect(node.count("epoch") == 100_008 && node.count("proofs_waiting") == 8)
    disk.fails = false
    node.run(.s(40))
    #expect(disk.told.prefix(9) == Array(100_000...100_008)[...])
    #expect(node.count("epoch") == 100_016)
    disk.takes = false
    let told = disk.told
    node.run(.s(30))
    #expect(disk.told == told)
    disk.takes = true
    node.run(.s(30))
    #expect(disk.told.count > told.count && Set(disk.told).count == disk.told.count)
  }

  /// A proof leaves only when the disk has noted that its epoch is over.
  @Test func aSlowDiskHoldsProofsBack() throws {
    let disk = TestDisk()
    let node = try TestNode(disk: disk)
    disk.isStopped = true
    node.run(.s(14))
    #expect(disk.marker == "10 100000" && disk.proofs == [])
    disk.isStopped = false
    node.run(.s(11))
    #expect(disk.told.contains(100_000))
  }

  /// A note that the disk did not take is missing there, though an older one, which it had taken before, is written after that.
  @Test func anOlderNoteIsNotTheLastOne() throws {
    let disk = TestDisk()
    let node = try TestNode(disk: disk)
    disk.isStopped = true
    node.run(.s(11))
    disk.takes = false
    node.run(.s(10))
    #expect(node.count("epoch") == 100_002 && disk.marker == "10 100000")
    (disk.isStopped, disk.takes) = (false, true)
    node.run(.ms(1))
    node.run(.s(30))
    #expect(disk.told.prefix(3) == [100_000, 100_001, 100_002])
    #expect(disk.toldEarly == [], "the proof of an epoch that a restart may bring again")
  }

  /// Packets without an id have delays of the same law that are not each other's.
  @Test func packetsWithoutAnID() throws {
    let node = try TestNode()
    for _ in 0..<100 { node.feed(Bytes32()) }
    node.run(.s(3))
    #expect(node.left.count == 100 && node.count("without_id") == 100)
    let waits = node.left.map { ($0.time - TestNode.start).ms }
    #expect(Set(waits).count > 30)
    let mean = waits.reduce(0, +) / 100
    #expect((25...100).contains(mean))
  }
}
