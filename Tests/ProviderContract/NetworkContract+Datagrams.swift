import MixNet

extension NetworkContract {
  static let datagrams: [Check] = [
    Check("datagrams arrive whole, of every size, and say who sent them") { world in
      let (network, a, b) = try sockets(world)
      for size in [0, 1, 500, datagramMax] {
        let sent = (0..<size).map { UInt8($0 % 256) }
        try demand(network.send(sent, to: b.address, on: a.id), "\(size) bytes are sent")
        try world.event(network, .datagram(b.id), readable: true)
        guard let taken = network.receive(datagramMax, on: b.id) else {
          throw ContractFailure(description: "\(size) bytes are lost")
        }
        try demand(taken.bytes == sent, "\(size) bytes, not \(taken.bytes.count)")
        try demand(taken.from, is: a.address, "the sender")
        try demand(network.receive(datagramMax, on: b.id) == nil, "nothing more")
      }
      try world.silence(network)
    },
    Check("a datagram that is too large is not sent") { world in
      let (network, a, b) = try sockets(world)
      let large = [UInt8](repeating: 1, count: datagramMax + 1)
      try demand(!network.send(large, to: b.address, on: a.id), "\(large.count) bytes are refused")
      try world.silence(network)
    },
    Check("a datagram that is larger than the room is discarded and the next one taken") { world in
      let (network, a, b) = try sockets(world)
      for size in [400, 300, 101, 100, 99] {
        try demand(network.send([UInt8](repeating: 2, count: size), to: b.address, on: a.id), "a send")
      }
      var sizes: [Int] = []
      try world.pump([network], "two datagrams") {
        if let taken = network.receive(100, on: b.id) { sizes.append(taken.bytes.count) }
        return sizes.count == 2
      }
      try demand(sizes, is: [100, 99], "what fits")
      try demand(network.receive(100, on: b.id) == nil, "nothing more")
    },
    Check("several datagrams are taken at once, in their order, and no more than asked for") { world in
      let (network, a, b) = try sockets(world)
      let other = try network.bindDatagram(world.datagramAddress())
      guard let c = network.address(of: other) else { throw ContractFailure(description: "no address") }
      for number in 0..<20 as Range<UInt8> {
        let bytes = [UInt8](repeating: number, count: number == 3 ? datagramMax : Int(number))
        try demand(network.send(bytes, to: b.address, on: a.id), "a send")
      }
      var taken: [[UInt8]] = []
      func take(_ most: Int) throws {
        var senders: [Address] = []
        unsafe network.receive(atMost: most, on: b.id) { bytes, from in
          // Whoever takes one may send others.
          _ = unsafe network.send(bytes, toAll: [c, c], on: a.id)
          unsafe taken.append(Array(bytes))
          senders.append(from)
        }
        for sender in senders { try demand(sender, is: a.address, "the sender") }
      }
      try world.pump([network], "three datagrams") {
        if taken.count < 3 { try take(3 - taken.count) }
        return taken.count == 3
      }
      try world.pump([network], "all datagrams") {
        try take(64)
        return taken.count == 20
      }
      let sizes = taken.map(\.count)
      try demand(sizes, is: (0..<20).map { $0 == 3 ? datagramMax : $0 }, "their sizes")
      try demand(taken[19].allSatisfy { $0 == 19 }, "the last one's bytes")
      try take(64)
      try demand(taken.count, is: 20, "nothing more")
    },
    Check("one datagram goes to many, and one to nobody harms no other") { world in
      let (network, a, b) = try sockets(world)
      let gone = try network.bindDatagram(world.datagramAddress())
      guard let nobody = network.address(of: gone) else { throw ContractFailure(description: "no address") }
      network.close(gone)
      let bytes: [UInt8] = [1, 2, 3]
      // More than go at once, the one that is gone among them, and a name, which no socket knows.
      let targets = (0..<70).map { $0 % 7 == 3 ? nobody : b.address } + [.name("nowhere.example", port: 1)]
      let unsent = unsafe bytes.withUnsafeBytes { unsafe network.send($0, toAll: targets, on: a.id) }
      try demand(unsent, is: 1, "those to whom it could not be sent")
      var count = 0
      try world.pump([network], "all datagrams") {
        while let taken = network.receive(datagramMax, on: b.id) {
          try demand(taken.bytes == bytes, "its bytes")
          count += 1
        }
        return count == 60
      }
      try demand(network.receive(100, on: a.id) == nil, "no answer")
      let large = [UInt8](repeating: 1, count: datagramMax + 1)
      let refused = unsafe large.withUnsafeBytes { unsafe network.send($0, toAll: [b.address, b.address], on: a.id) }
      try demand(refused, is: 2, "too large")
    },
    Check("a datagram to nobody harms nobody") { world in
      let (network, a, b) = try sockets(world)
      network.close(b.id)
      for _ in 0..<3 { _ = network.send([1], to: b.address, on: a.id) }
      try demand(network.receive(100, on: a.id) == nil, "no answer")
      let c = try network.bindDatagram(world.datagramAddress())
      guard let address = network.address(of: c) else { throw ContractFailure(description: "no address") }
      try demand(network.send([8], to: address, on: a.id), "a later one is sent")
      try world.event(network, .datagram(c), readable: true)
      try demand(network.receive(100, on: c)?.bytes, is: [8], "and comes")
    },
    Check("an address is bound once, and a closed socket is gone") { world in
      let (network, a, b) = try sockets(world)
      do throws(NetworkError) {
        _ = try network.bindDatagram(a.address)
        throw NetworkError(action: "", address: a.address, reason: .local, detail: "")
      } catch {
        try demand(error.action, is: "bind", "what was tried (empty: it did not fail)")
      }
      network.close(a.id)
      network.close(a.id)
      try demand(network.address(of: a.id), is: nil, "its address")
      try demand(!network.send([1], to: b.address, on: a.id), "it sends nothing")
      try demand(network.receive(9, on: a.id) == nil, "it receives nothing")
      _ = try network.bindDatagram(a.address)
    },
  ]

  private typealias Socket = (id: DatagramID, address: Address)

  private static func sockets(_ world: any NetworkWorld) throws -> (network: any Network, a: Socket, b: Socket) {
    let network = try world.makeNetwork()
    func socket() throws -> Socket {
      let id = try network.bindDatagram(world.datagramAddress())
      guard let address = network.address(of: id) else { throw ContractFailure(description: "no address") }
      try demand(address.port != 0, "a real port")
      return (id, address)
    }
    return (network, try socket(), try socket())
  }
}
