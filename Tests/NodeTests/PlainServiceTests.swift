import LinuxNet
import MixNet
import Testing

@testable import MixHost

/// The services of a plain exit: a body of eight bytes of circuit and a message.
@Suite struct PlainServiceTests {
  private func body(_ number: Int, _ data: [UInt8]) -> [UInt8] { length(0) + length(number) + data }

  @Test func sinkAnswersNothing() throws {
    let exit = try Relays.exit(service: "sink")
    let wire = try Wire(try exit.address("relay"))
    for number in 0..<20 { wire.send(raw(body(number, sample(50, 1)))) }
    // Less than a circuit's id is no request.
    wire.send(raw([1, 2, 3, 4, 5, 6, 7]))
    try eventually("they are taken") { try exit.chain()[.received] == 21 }
    let chain = try settled(exit).chains[0]
    #expect(chain.served == 20 && chain.dropped(.malformed, by: "circuit") == 1)
    wire.finish()
    #expect(wire.end() == .finished)
  }

  @Test func fileIsWrittenAndNamed() throws {
    let folder = try Folder()
    let exit = try Relays.exit(service: "inbox=file:inbox", in: folder)
    let wire = try Wire(try exit.address("relay"))
    for number in 0..<10 {
      wire.send(raw(body(number, sample(80, UInt64(number)))))
      let answer = try #require(wire.frame())
      #expect(Array(answer.prefix(8)) == body(number, []))
      let line = String(decoding: answer.dropFirst(8), as: UTF8.self)
      let name = try #require(line.split(separator: " ").last).dropLast()
      #expect(try readFile("\(folder.path)/state/inbox/\(name)", limit: 1_000).bytes == sample(80, UInt64(number)))
    }
    try settled(exit)
  }

  /// A program behind a socket; each caller's answers go back to that caller.
  @Test func programBehindASocketAnswers() throws {
    let folder = try Folder()
    let program = try Listener(.unix(folder.path + "/program.sock"))
    let exit = try Relays.exit(service: "program=socket:\(folder.path)/program.sock", workers: 2, in: folder)
    let wire = try program.accept()
    try eventually("it is up") { try exit.status().links.contains { $0.kind == "stage" && $0.state == "up" } }
    let threads = Threads()
    try threads.add { while let message = wire.frame(within: 20) { wire.send(raw(message.reversed())) } }
    let callers = try (0..<8).map { _ in try Wire(try exit.address("relay")) }
    for number in 0..<10 {
      for (caller, wire) in callers.enumerated() {
        wire.send(raw(body(number, sample(40, UInt64(caller * 100 + number)))))
      }
    }
    for (caller, wire) in callers.enumerated() {
      for number in 0..<10 {
        try #require(wire.frame() == body(number, sample(40, UInt64(caller * 100 + number)).reversed()))
      }
    }
    #expect(try settled(exit).chains[0].dropped.isEmpty)
    exit.stop()
    _ = try exit.ended()
    threads.join()
  }
}
