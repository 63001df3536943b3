import MixNet
import Relay
import Sphinx

@testable import MixHost

extension FuzzTarget {
  /// Anyone who sends packets: final payloads for services, with fragments and reply blocks; and the program behind a
  /// socket: its answers.
  static let services = FuzzTarget(
    name: "services", summary: "senders and local programs: payloads for services, and the answers of a program",
    sizeMax: 520,
    seeds: { vectors in
      let block = vectors.surbs.map { $0.bytes("surb_bytes") }.filter { $0.count < 500 }
      return [
        [0, 0, 3, 1, 2, 3, 5], [1, 0, 40] + [UInt8](repeating: 8, count: 40) + [3, 2, 1, 1, 5],
        [2, 1, 20] + [UInt8](repeating: 8, count: 20) + [4, 4, 9, 9, 9, 9, 5],
      ] + block.prefix(6).map { [UInt8(0), 17, 3, 1, 2, 3] + $0 }
    }
  ) {
    let desk = Desk()
    return { desk.run(Input($0)) }
  }
}

/// A last hop with services, and the packets that come for them.
private final class Desk {
  private let lone: FuzzChain
  private var message: UInt64 = 0
  private let services = ["echo", "sink", "prog"].map(Fingerprint.service)

  init() {
    lone = FuzzChain(
      """
      [chain.mix]
      listen = "127.0.0.1:9000"
      decode = ["routed"]
      forward = ["next_hop"]
      [next_hop]
      services = ["echo", "sink", "prog=socket:prog.sock"]
      message_max = 4_096
      reassembly_bytes_max = 65_536
      waiting_bytes_max = 65_536
      reassembly_s = 1
      [sphinx]
      payload_size = 700
      [pipeline]
      pool_size = 256
      """)
  }

  func run(_ input: Input) {
    var input = input
    while !input.isEmpty {
      let choice = input.byte()
      switch choice % 8 {
      case 0...2: send(to: services[Int(choice % 8)], wrapped(fragment(&input)))
      case 3: send(to: services[Int(choice >> 3) % 3], wrapped(input.take(Int(input.byte()))))
      case 4:
        if let program = lone.chain.links.first { lone.chain.frame(input.take(Int(input.byte())).span, on: program) }
      case 5: lone.pass(.ms(UInt64(input.byte()) * 10))
      case 6: lone.feed(input.padded(RoutedStage.headerSize) + input.take(Int(input.byte())), on: .incoming(0))
      default: lone.run()
      }
    }
    lone.run()
    lone.pass(.s(2))
    lone.checkRest()
  }

  private func send(to service: Bytes32, _ payload: [UInt8]) {
    lone.feed([2] + service.array + [UInt8](repeating: 0, count: 17) + payload, on: .incoming(0))
  }

  /// A payload of the chain's size that carries a message.
  private func wrapped(_ message: [UInt8]) -> [UInt8] {
    let cut = message.prefix(683)
    return [UInt8](repeating: 0, count: 16) + cut + [1] + [UInt8](repeating: 0, count: 683 - cut.count)
  }

  /// A fragment that is right but for what the input turns.
  private func fragment(_ input: inout Input) -> [UInt8] {
    let choice = input.byte()
    message += UInt64(choice & 1)
    let data = input.take(Int(input.byte()))
    let blockSize = choice & 16 == 0 ? 0 : 396
    let blocks = blockSize == 0 ? 0 : Int(choice >> 5) % 2
    let count = UInt32(choice >> 1 & 3) + 1
    let index = choice & 8 == 0 ? 0 : count - 1
    let size = count == 1 ? UInt32(data.count) : count * UInt32(data.count)
    let fragment = Fragment(
      flags: Fragment.Flags(rawValue: choice >> 7), message: Bytes16(words: [message, 0]), index: index, count: count,
      size: size, blocks: UInt8(blocks), blockSize: blocks == 0 ? 0 : UInt16(blockSize))
    var bytes = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = bytes.mutableSpan
    fragment.write(to: &span)
    return bytes + input.padded(blocks * blockSize) + data
  }
}
