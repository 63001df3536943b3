import Glibc
import MixHostTesting
import MixNet
import Testing

@testable import MixHost

/// Bytes on a raw link that are no frames, or no good ones.
@Suite struct FrameFaultTests {
  /// A frame of 40 bytes is cut after each of its bytes, in three ways. The node counts no packet that was not whole, counts
  /// each cut by its reason, keeps no link and no slot, and goes on.
  @Test("fault 1: a frame that is cut after each of its bytes, by an end, a reset and silence")
  func framesCutAfterEachByteLeaveNothingBehind() throws {
    // So long that even a machine that has others to serve ends or resets each of them in time.
    let exit = try Relays.exit(more: "[links]\nframe_timeout_ms = 3_000\nlinks_max = 200")
    let frame = raw(sample(40, 1))
    var silent: [Wire] = []
    for cut in 0..<frame.count {
      for way in 0..<3 {
        let wire = try Wire(try exit.address("relay"))
        wire.send(Array(frame[..<cut]))
        switch way {
        case 0:
          wire.finish()
          #expect(wire.end() != nil)
        case 1: wire.reset()
        default: silent.append(wire)
        }
      }
    }
    // Those that fell silent within a frame are closed; one that has sent nothing may stay.
    for wire in silent.dropFirst() { #expect(wire.end() == .reset) }
    try eventually("one link is left") { try exit.status().links.count == 1 }
    let status = try exit.status()
    #expect(status.chains[0][.received] == 0)
    // Within the frame: an end and a reset after each of its bytes but the last, and silence there.
    #expect(status.closed(.truncated) == 2 * (frame.count - 1) && status.closed(.timeout) == frame.count - 1)
    // Where nothing of it had come, nothing was cut.
    #expect(status.closed(.ended) == 1 && status.closed(.reset) == 1)
    #expect(status.closedInAll == 3 * frame.count - 1)
    #expect(status.chains[0].aside(.expired, by: "link_in") == frame.count - 1)
    try echo(exit)
    try settled(exit)
  }

  /// A length that no frame has closes the link at once; what follows it is not kept.
  @Test(
    "fault 3: a length of 0, one too many, 2^31 and 2^32-1 on a raw link", arguments: [0, 4_097, 1 << 31, 1 << 32 - 1])
  func lengthsThatNoFrameHasCloseTheLink(_ size: Int) throws {
    let exit = try Relays.exit()
    let counters = try exit.ofWorkers { _ in AllocationCounter() }
    let wire = try Wire(try exit.address("relay"))
    wire.send(length(size) + sample(100_000, 2), within: 2)
    #expect(wire.end() != nil)
    try eventually("it is counted") { try exit.chain().aside(.malformed, by: "link_in") == 1 }
    #expect(try exit.status().closed(.protocolError) == 1)
    // What the status costs, and nothing for a body.
    #expect(try exit.ofWorkers { counters[$0.number].size }[0] < 60_000)
    let status = try settled(exit)
    #expect(status.links.isEmpty && status.chains[0][.received] == 0)
    try echo(exit)
  }

  @Test("fault 4: frames that come a byte a read")
  func frameThatComesByteByByteIsAFrame() throws {
    let exit = try Relays.exit()
    let wire = try Wire(try exit.address("relay"))
    let bodies = (0..<20).map { sample(8 + $0, UInt64($0)) }
    for byte in bodies.flatMap(raw) {
      wire.send([byte])
      usleep(20)
    }
    for body in bodies { try #require(wire.frame() == body) }
    #expect(try settled(exit).chains[0][.received] == 20)
  }

  /// More frames in one write than the chain has slots: the sender waits, none is lost.
  @Test("fault 4: ten thousand frames in one write")
  func tenThousandFramesInOneWriteAllCome() throws {
    let exit = try Relays.exit()
    let wire = try Wire(try exit.address("relay"))
    let bodies = (0..<10_000).map { sample(8 + $0 % 9, UInt64($0)) }
    let threads = Threads()
    try threads.add { [bytes = bodies.flatMap(raw)] in #expect(wire.send(bytes)) }
    for body in bodies { try #require(wire.frame() == body) }
    threads.join()
    let chain = try settled(exit).chains[0]
    #expect(chain[.received] == 10_000 && chain[.written] == 10_000 && chain.dropped.isEmpty)
  }

  /// Halves of frames hold slots. Clients that hold so many that nobody may begin another can still finish theirs.
  @Test func clientsThatHoldTheSlotsByHalvesCanFinish() throws {
    let exit = try Relays.exit(
      pool: 64, frameMax: 2_000, pipeline: "batch_size = 1", more: "[links]\nlinks_max = 200")
    let body = sample(1_500, 4)
    var wires: [Wire] = []
    for _ in 0..<32 {
      let wire = try Wire(try exit.address("relay"))
      wire.send(Array(raw(body)[..<700]))
      wires.append(wire)
    }
    try eventually("some are made to wait") { try exit.chain()[.pauses] > 0 }
    for wire in wires { wire.send(Array(raw(body)[700...])) }
    for wire in wires { try #require(wire.frame() == body) }
    #expect(try settled(exit).chains[0].dropped.isEmpty)
  }

  /// A sender who sends a byte now and then holds a frame open no longer than it may.
  @Test("fault 5: a frame of a byte now and then")
  func slowFrameIsCutOff() throws {
    let exit = try Relays.exit(more: "[links]\nframe_timeout_ms = 150")
    let wire = try Wire(try exit.address("relay"))
    let frame = raw(sample(1_000, 3))
    let taken = time { for byte in frame { guard wire.send([byte]), wire.end(within: 0.01) == nil else { return } } }
    #expect(taken > .ms(140) && taken < .s(5))
    #expect(try settled(exit).links.isEmpty)
  }
}

/// One frame there and back.
func echo(_ exit: TestNode, at name: String = "relay") throws {
  let wire = try Wire(try exit.address(name))
  let body = sample(100, 99)
  wire.send(raw(body))
  try #require(wire.frame() == body)
  wire.finish()
  #expect(wire.end() != nil)
}
