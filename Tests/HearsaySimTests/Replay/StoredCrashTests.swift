import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// A real mix is killed after each job of its disk, whatever that job was for. What its service and its mailbox have said to be
/// stored is there in its next life, whole, and what they have not said is there whole or not at all.
@Suite struct StoredCrashTests {
  private static let count = 16

  struct Crash: CustomTestStringConvertible {
    let how: SimHost.Crash
    let rest: Nanos
    var testDescription: String { "\(how), \(rest.ns / 1_000) us later" }
  }
  private static let crashes = [SimHost.Crash.killed, .power].flatMap { how in
    ([0, 700] as [UInt64]).map { Crash(how: how, rest: .us($0)) }
  }

  @Test("fault 14: a mix that is killed, or loses its power, after any job of its disk", arguments: crashes)
  func whatWasAnsweredIsThere(_ crash: Crash) throws {
    var (ends, answered, kept, job) = (0, 0, 0, 1)
    while true {
      let scene = try CrashScene(UInt64(300 + job))
      let packets = try scene.packets(Self.count, kinds: [3, 4])
      guard scene.live(packets, jobs: job, then: crash.rest, crash.how) else { break }
      let receipts = try scene.receipts()
      let mail = scene.mail.kept
      try scene.mixes[0].restart()
      #expect(scene.mixes[0].disk.wounds.isEmpty)
      for number in receipts { #expect(scene.stored(number) != nil, "file \(number), after job \(job)") }
      // Those of which nothing was said, with them.
      for number in 0..<Self.count {
        guard let bytes = scene.stored(number) else { continue }
        #expect(bytes == CrashScene.data(number), "file \(number) is torn, after job \(job)")
      }
      try scene.attachAbsent()
      scene.world.run(for: .s(3))
      let came = scene.messages()
      #expect(Set(mail.map(\.identifier)).isSubset(of: came.map(\.identifier)), "after job \(job)")
      for message in came {
        let number = Int(message.identifier.words[0])
        // Sixteen bytes stand before the message in a payload.
        let isWhole = message.payload.dropFirst(16).starts(with: scene.message(number))
        #expect(isWhole, "message \(number), after job \(job)")
        #expect(message.number > 0)
      }
      #expect(zip(came, came.dropFirst()).allSatisfy { $0.number < $1.number })
      ends += 1
      job += 1
      answered += receipts.count
      kept += mail.count
    }
    #expect(ends > 15 && answered > 10 && kept > 2 * ends, "\(ends) crashes, \(answered) files, \(kept) messages")
  }
}
