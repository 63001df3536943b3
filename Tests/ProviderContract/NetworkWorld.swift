public import MixNet

/// Where the network contract is checked: makes networks that reach each other.
public protocol NetworkWorld: AnyObject {
  /// A new network.
  func makeNetwork() throws -> any Network
  /// The clock that its deadlines are read on.
  var clock: any MixNet.Clock { get }
  /// An address that a stream can be listened on; the same one is not given twice unless its port is 0.
  func streamAddress() -> Address
  /// An address that datagrams can be bound to.
  func datagramAddress() -> Address
  /// Whether an aborted connection is told from one that ended; Unix sockets know no reset.
  var tellsReset: Bool { get }
  /// Lets `network` wait, as its worker would; a simulator moves its virtual time here.
  func wait(_ network: any Network, until deadline: Instant?, into events: inout [NetworkEvent])
}

extension NetworkWorld {
  /// A real network waits by itself.
  public func wait(_ network: any Network, until deadline: Instant?, into events: inout [NetworkEvent]) {
    network.wait(until: deadline, into: &events)
  }
}

/// Short words for what the checks do over and over.
extension NetworkWorld {
  /// What one wait finds.
  func events(_ network: any Network, until deadline: Instant?) -> [NetworkEvent] {
    var events: [NetworkEvent] = []
    events.reserveCapacity(64)
    wait(network, until: deadline, into: &events)
    return events
  }

  /// Lets the networks go on until `isDone`; a failure after five seconds.
  func pump(_ networks: [any Network], _ what: String, until isDone: () throws -> Bool) throws {
    let deadline = clock.now + .s(5)
    while try !isDone() {
      try demand(clock.now < deadline, "\(what) takes for ever")
      for network in networks { _ = events(network, until: clock.now + .ms(1)) }
    }
  }

  /// The first event about `source` that is as wanted.
  @discardableResult
  func event(
    _ network: any Network, _ source: NetworkEvent.Source, readable: Bool = false, writable: Bool = false
  ) throws -> NetworkEvent {
    let deadline = clock.now + .s(5)
    while clock.now < deadline {
      for event in events(network, until: deadline) where event.source == source {
        if (event.readable || !readable) && (event.writable || !writable) { return event }
      }
    }
    throw ContractFailure(description: "no event about \(source)")
  }

  /// Fails when the network says or does anything for a while, or wakes for nothing more than now and then.
  func silence(_ network: any Network, _ span: Nanos = .ms(15)) throws {
    let deadline = clock.now + span
    var wakes = 0
    while clock.now < deadline {
      let found = events(network, until: deadline)
      try demand(found.isEmpty, "unwanted \(found)")
      wakes += 1
    }
    try demand(wakes <= 3, "\(wakes) wakes for nothing in \(span.ms) ms")
  }

  /// Listens on a new address.
  func listen(_ network: any Network, backlog: Int = 16) throws -> (id: ListenerID, address: Address) {
    let id = try network.listen(streamAddress(), backlog: backlog)
    guard let address = network.address(of: id) else { throw ContractFailure(description: "no listener address") }
    return (id, address)
  }

  /// Accepts one connection, waiting for it.
  func accept(_ network: any Network, _ listener: ListenerID) throws -> DetachedConnection {
    var accepted: DetachedConnection?
    try pump([network], "an accept") {
      if case .accepted(let connection) = network.accept(listener) { accepted = connection }
      return accepted != nil
    }
    guard let accepted else { throw ContractFailure(description: "nothing accepted") }
    return accepted
  }

  /// A connection that `dialler` has made to `listener`'s side, and both its ends.
  func pair(
    _ dialler: any Network, _ owner: any Network, _ listener: (id: ListenerID, address: Address)
  ) throws -> (near: ConnectionID, far: ConnectionID) {
    let near = try dialler.connect(listener.address)
    let far = owner.adopt(try accept(owner, listener.id))
    var result = IOResult.blocked
    try pump([dialler], "a connect") {
      result = dialler.finishConnect(near)
      return result != .blocked
    }
    try demand(result, is: .moved(0), "a finished connect")
    return (near, far)
  }

  /// A network with two ends of one connection.
  func pair() throws -> (network: any Network, near: ConnectionID, far: ConnectionID) {
    let network = try makeNetwork()
    let listener = try listen(network)
    let (near, far) = try pair(network, network, listener)
    network.close(listener.id)
    return (network, near, far)
  }
}
