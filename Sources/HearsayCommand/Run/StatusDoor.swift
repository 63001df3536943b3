import MixNet
import Synchronization

/// Where a running node is asked for its status: a raw frame with anything in it is answered by a frame of JSON.
final class StatusDoor {
  private let network: any Network
  private let listener: ListenerID
  private var connections: [ConnectionID: FramedConnection] = [:]
  private let answers = Answers()

  /// When it listens again, after descriptors were used up.
  private(set) var opensAt = Instant.never

  private static let connectionsMax = 16
  private static let rest = Nanos.ms(100)

  init(address: Address, network: any Network) throws(NetworkError) {
    self.network = network
    listener = try network.listen(address, backlog: 16)
  }

  func handle(
    _ event: NetworkEvent, now: Instant, ask: (_ answer: @escaping @Sendable ([UInt8]) -> Void) -> Void
  ) {
    switch event.source {
    case .listener(listener): accept(now)
    case .connection(let id):
      guard let connection = connections[id] else { return }
      connection.handle(event)
      while connection.next() != nil {
        let answers = answers
        ask { answers.add($0, for: id) }
      }
      if connection.end != nil { connections[id] = nil }
    default: break
    }
  }

  private func accept(_ now: Instant) {
    while true {
      switch network.accept(listener) {
      case .accepted(let accepted) where connections.count < Self.connectionsMax:
        let connection = FramedConnection(accepted, network, frameMax: 1_024)
        connections[connection.id] = connection
      case .accepted(let accepted): network.discard(accepted)
      case .blocked: return
      case .exhausted:
        // Whoever waits there would be told of again and again.
        network.setInterest(listener, accept: false)
        opensAt = now + Self.rest
        return
      }
    }
  }

  /// Listens again when the rest is over.
  func reopen(_ now: Instant) {
    guard opensAt <= now else { return }
    opensAt = .never
    network.setInterest(listener, accept: true)
  }

  /// Sends the answers that have come meanwhile.
  func sendAnswers() {
    for (id, answer) in answers.take() {
      connections[id]?.send(answer)
      if connections[id]?.end != nil { connections[id] = nil }
    }
  }
}

/// Answers on their way from a worker's thread to the main thread.
private final class Answers: Sendable {
  private let waiting = Mutex<[(ConnectionID, [UInt8])]>([])
  func add(_ answer: [UInt8], for id: ConnectionID) { waiting.withLock { $0.append((id, answer)) } }
  func take() -> [(ConnectionID, [UInt8])] {
    waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}
