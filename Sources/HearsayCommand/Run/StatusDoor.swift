import MixNet
import OrderedJSON
import Synchronization

/// Where a running node is asked for its status: a raw frame with anything in it is answered by a frame of JSON. Frames that
/// come before the answer has gone are answered by the same one.
final class StatusDoor {
  private struct Visitor {
    let connection: FramedConnection
    var waits = false
  }

  private let network: any Network
  private let listener: ListenerID
  /// Who is connected, the oldest first.
  private var visitors: [Visitor] = []
  private let answers = Answers()
  /// When it listens again, after descriptors were used up.
  private(set) var opensAt = Instant.never

  /// One more sends the oldest away: nobody can shut the door by staying.
  private static let visitorsMax = 16
  private static let rest = Nanos.ms(100)

  init(address: Address, network: any Network) throws(NetworkError) {
    self.network = network
    // A Unix socket refuses at once whoever finds the queue full.
    listener = try network.listen(address, backlog: 64)
  }

  func handle(
    _ event: NetworkEvent, now: Instant, ask: (_ answer: @escaping @Sendable ([UInt8]) -> Void) -> Void
  ) {
    switch event.source {
    case .listener(listener): accept(now)
    case .connection(let id):
      guard let place = visitors.firstIndex(where: { $0.connection.id == id }) else { return }
      let visitor = visitors[place]
      visitor.connection.handle(event)
      var isAsked = false
      while visitor.connection.next() != nil { isAsked = true }
      if visitor.connection.end != nil { return leave(id) }
      // Who does not read its answers gets no more of them.
      guard isAsked, !visitor.waits, visitor.connection.waiting == 0 else { return }
      visitors[place].waits = true
      let answers = answers
      ask { answers.add($0, for: id) }
    default: break
    }
  }

  private func accept(_ now: Instant) {
    while true {
      switch network.accept(listener) {
      case .accepted(let accepted):
        if visitors.count >= Self.visitorsMax {
          visitors[0].connection.close()
          visitors.removeFirst()
        }
        visitors.append(Visitor(connection: FramedConnection(accepted, network, frameMax: 1_024)))
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
      guard let place = visitors.firstIndex(where: { $0.connection.id == id }) else { continue }
      visitors[place].waits = false
      visitors[place].connection.send(answer)
      if visitors[place].connection.end != nil { leave(id) }
    }
  }

  private func leave(_ id: ConnectionID) { visitors.removeAll { $0.connection.id == id } }
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
