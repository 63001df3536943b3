import MixNet

@testable import MixHost

extension FuzzTarget {
  /// A peer or a client of the plain relay: frames at an entry, a middle and an exit, answers, links that go.
  static let circuits = FuzzTarget(
    name: "circuits", summary: "peers and clients of the plain relay: circuit frames at an entry, a middle and an exit",
    sizeMax: 256,
    seeds: { _ in
      [
        [0, 0, 1, 20] + [UInt8](repeating: 1, count: 20) + [3, 9, 0, 0, 0, 0, 0, 0, 0, 1, 7, 7],
        [1, 0, 1, 10, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 4, 1, 3, 8, 0, 0, 0, 0, 0, 0, 0, 1], [2, 0, 2, 12, 9, 9, 5, 4, 1],
      ]
    }
  ) {
    let relays = ["entry", "middle", "exit"].map(Relay.init)
    return { input in
      var input = Input(input)
      relays[Int(input.byte()) % relays.count].run(&input)
    }
  }
}

private final class Relay {
  private let lone: FuzzChain
  private let next: LinkID?

  init(_ type: String) {
    let line = type == "exit" ? "service = \"prog=socket:prog.sock\"" : "next = \"127.0.0.1:9001\""
    lone = FuzzChain(
      """
      [chain.relay]
      listen = "127.0.0.1:9000"
      decode = ["plain"]
      forward = ["circuit"]
      [circuit]
      type = "\(type)"
      \(line)
      circuits_max = 64
      idle_s = 2
      [plain]
      frame_max = 300
      [pipeline]
      pool_size = 256
      """)
    next = lone.chain.links.first?.link
  }

  func run(_ input: inout Input) {
    var used: Set<Int> = []
    while !input.isEmpty {
      let choice = input.byte()
      let place = Int(choice >> 4)
      switch choice & 15 {
      case 0...5:
        used.insert(place)
        lone.feed(input.take(Int(input.byte())), on: .incoming(place))
      case 6...10: if let next { lone.feed(answer(&input), on: next) }
      case 11:
        if let program = lone.chain.links.first { lone.chain.frame(input.take(Int(input.byte())).span, on: program) }
      case 12: lone.chain.change(.incoming(place), isUp: false)
      case 13: lone.pass(.ms(UInt64(input.byte()) * 20))
      default: lone.run()
      }
    }
    lone.run()
    for place in used.sorted() { lone.chain.change(.incoming(place), isUp: false) }
    lone.checkRest()
  }

  /// An answer under one of the ids that are in use, or under any.
  private func answer(_ input: inout Input) -> [UInt8] { input.take(Int(input.byte())) }
}
