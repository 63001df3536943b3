import MixNet

extension NetworkContract {
  static let connecting: [Check] = [
    Check("a listener has a real address and accepts who connects") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      try demand(listener.address.port != 0, "a real port, not \(listener.address)")
      guard case .blocked = network.accept(listener.id) else {
        throw ContractFailure(description: "accepted nobody")
      }
      let near = try network.connect(listener.address)
      try world.event(network, .listener(listener.id), readable: true)
      let far = network.adopt(try world.accept(network, listener.id))
      try world.event(network, .connection(near), writable: true)
      try demand(network.finishConnect(near), is: .moved(0), "the connect")
      try demand(network.finishConnect(near), is: .moved(0), "asked again")
      try demand(near != far, "two ends are two connections")
      try world.silence(network)
    },
    Check("an accepted connection says who it is") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      _ = try network.connect(listener.address)
      let accepted = try world.accept(network, listener.id)
      switch (listener.address, accepted.peer) {
      case (.ipv4(let host, _), .ipv4(let peer, let port)):
        try demand(host == peer && port != 0, "from the same host, not \(accepted.peer)")
      case (.ipv6(let host, _), .ipv6(let peer, let port)):
        try demand(host == peer && port != 0, "from the same host, not \(accepted.peer)")
      case (.unix, .unix): break
      default: throw ContractFailure(description: "\(accepted.peer) is of another family")
      }
      network.discard(accepted)
    },
    Check("where nobody listens, a connect is refused, and stays so") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      network.close(listener.id)
      let connection: ConnectionID
      do throws(NetworkError) {
        connection = try network.connect(listener.address)
      } catch {
        try demand(error.reason, is: .refused, "thrown at once")
        try demand(error.description.hasPrefix("cannot connect to \(listener.address): "), "\(error)")
        return
      }
      try world.event(network, .connection(connection), writable: true)
      for _ in 0..<3 {
        try demand(network.finishConnect(connection), is: .failed(.refused), "the connect")
        try demand(network.write(connection, [1]), is: .failed(.refused), "a write")
        try demand(network.read(connection, 1).result, is: .failed(.refused), "a read")
      }
      network.close(connection, abort: false)
      try world.silence(network)
    },
    Check("an address is listened on once, and is free again after a close") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      do throws(NetworkError) {
        _ = try network.listen(listener.address, backlog: 4)
        throw NetworkError(action: "", address: listener.address, reason: .local, detail: "")
      } catch {
        try demand(error.action, is: "listen on", "what was tried (empty: it did not fail)")
        try demand(error.address, is: listener.address, "where")
        try demand(!error.detail.isEmpty, "a reason in words")
      }
      let (near, far) = try world.pair(network, network, listener)
      network.close(listener.id)
      network.close(far, abort: false)
      _ = try network.listen(listener.address, backlog: 4)
      network.close(near, abort: false)
    },
    Check("a connection goes to the network that adopts it, and one that is discarded ends") { world in
      let (acceptor, owner) = (try world.makeNetwork(), try world.makeNetwork())
      let listener = try world.listen(acceptor)
      let kept = try acceptor.connect(listener.address)
      let far = owner.adopt(try world.accept(acceptor, listener.id))
      let lost = try acceptor.connect(listener.address)
      acceptor.discard(try world.accept(acceptor, listener.id))
      for connection in [kept, lost] {
        try world.pump([acceptor], "a connect") { acceptor.finishConnect(connection) == .moved(0) }
      }
      try demand(acceptor.write(kept, [1, 2, 3]), is: .moved(3), "a write")
      try demand(try world.receive(3, owner, far), is: [1, 2, 3], "what the owner reads")
      let end = try world.finish(acceptor, lost).end
      try demand(end == .ended || end == .failed(.reset), "the end of what was discarded, not \(end)")
    },
    Check("a listener without interest is silent, and who came meanwhile is told after") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      network.setInterest(listener.id, accept: false)
      let near = try network.connect(listener.address)
      try world.pump([network], "a connect") { network.finishConnect(near) == .moved(0) }
      try world.silence(network)
      network.setInterest(listener.id, accept: true)
      try world.event(network, .listener(listener.id), readable: true)
      network.discard(try world.accept(network, listener.id))
    },
    Check("a closed listener is gone") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      network.close(listener.id)
      network.close(listener.id)
      network.setInterest(listener.id, accept: true)
      try demand(network.address(of: listener.id), is: nil, "its address")
      guard case .blocked = network.accept(listener.id) else {
        throw ContractFailure(description: "a closed listener accepts")
      }
      try world.silence(network)
    },
  ]
}
