import MixNet
import Synchronization

/// Where a running node is asked for its status: a raw frame with anything in it is answered by a frame of JSON.
final class StatusDoor {
  private let network: any Network
  private let listener: ListenerID
  private var connections: [ConnectionID: FramedConnection] = [:]
  private let answers = Answers()

  private static let connectionsMax = 16

  init(address: Address, network: any Network) throws(NetworkError) {
    self.network = network
    listener = try network.listen(address, backlog: 16)
  }

  func handle(_ event: NetworkEvent, ask: (_ answer: @escaping @Sendable ([UInt8]) -> Void) -> Void) {
    switch event.source {
    case .listener(listener): accept()
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

  private func accept() {
    while case .accepted(let accepted) = network.accept(listener) {
      guard connections.count < Self.connectionsMax else {
        network.discard(accepted)
        continue
      }
      let connection = FramedConnection(accepted, network, frameMax: 1_024)
      connections[connection.id] = connection
    }
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
