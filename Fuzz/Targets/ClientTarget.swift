import MixNet

@testable import HearsayCommand

extension FuzzTarget {
  /// A node: what it says to a client of the command line, and to who asks it for its status.
  static let client = FuzzTarget(
    name: "client", summary: "nodes: what they say to hearsay send and hearsay status", sizeMax: 1_024,
    seeds: { _ in
      let challenge = Challenge(node: Bytes32([1]), nonce: Bytes32([2])).bytes
      let message: [UInt8] = [0x11, 0, 0, 0, 0, 0, 0, 0, 5] + [UInt8](repeating: 3, count: 40)
      func frame(_ body: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(body.count)] + body }
      return [
        [0] + frame(challenge) + frame([3]) + frame(message), [5] + frame([3]) + frame(message),
        [0] + frame([1, 9]), [0, 255, 255, 255, 255],
      ]
    }
  ) { { tryClient(Input($0)) } }
}

private func tryClient(_ input: Input) {
  var input = input
  let network = HandNetwork()
  let node = NetworkDirectory.Node(
    name: "mix-1", layer: 0, address: Bytes32([1]), chains: [], clients: .loopback(port: 1), keys: [])
  guard let link = try? ClientLink(node, ClientKey(seed: [5]), network), let end = network.end(to: .loopback(port: 1))
  else { fatalError("no link") }
  let pieces = Int(input.byte())
  end.piece = pieces == 0 ? 1 << 20 : pieces
  link.handle(NetworkEvent(.connection(link.id), readable: false, writable: true))
  end.incoming = input.rest()
  var reads = 0
  while end.read < end.incoming.count, link.failure == nil {
    link.handle(NetworkEvent(.connection(link.id), readable: true, writable: false))
    while let message = link.nextMessage() { check(!message.payload.isEmpty, "a message without a payload") }
    reads += 1
    check(reads <= 1_100, "a read takes nothing")
  }
  link.close()
}
