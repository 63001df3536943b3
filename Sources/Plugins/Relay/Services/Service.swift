import MixHost
import MixNet

/// Who is to get a service's answer.
enum Caller {
  /// Nobody: the message brought no way back.
  case nobody
  /// The circuit that asked.
  case circuit(CircuitTable.Origin)
  /// Whoever made these reply blocks; the answer carries the message's id.
  case blocks(message: Bytes16, [[UInt8]])
}

/// What takes messages at the last hop. It lives on the tail's worker, inside a forward stage.
protocol Service: AnyObject {
  /// Called once, before the first message.
  func start(_ turn: inout Turn)
  /// Takes a message; nil, or why it could not.
  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason?
  /// A part of a frame came on a link of the stage's own; false when the link is not this service's.
  func receive(
    _ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ answers: AnswerQueue, _ turn: inout Turn
  ) -> Bool
  /// A link came up or went down.
  func linkChanged(_ change: LinkChange, _ turn: inout Turn)
}

extension Service {
  func start(_ turn: inout Turn) {}
  func receive(
    _ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ answers: AnswerQueue, _ turn: inout Turn
  ) -> Bool { false }
  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {}
}

/// Makes a service of what the configuration says of it.
func makeService(_ spec: ServiceSpec, node: NodeFacts, messageMax: Int) -> any Service {
  switch spec.kind {
  case .echo: EchoService()
  case .sink: SinkService()
  case .file(let folder): FileService(folder: node.path(folder))
  case .socket(let path): SocketService(address: .unix(node.path(path)), messageMax: messageMax)
  }
}

/// Answers every message with itself.
final class EchoService: Service {
  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason? {
    answers.add(message, to: caller, &turn)
  }
}

/// Takes every message and answers none.
final class SinkService: Service {
  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason? {
    nil
  }
}

/// Stores every message in a file of its own and answers with one line that names it.
final class FileService: Service {
  private let folder: String
  private var count: UInt64 = 0

  init(folder: String) { self.folder = folder }

  func start(_ turn: inout Turn) {
    let taken = turn.store(.makeFolder(path: folder)) { result, turn in
      if case .failure = result { turn.count(.serviceBusy) }
    }
    if !taken { turn.count(.serviceBusy) }
  }

  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason? {
    count += 1
    let name = Self.name(caller, count: count, at: turn.wall)
    let taken = turn.store(.replace(path: "\(folder)/\(name)", bytes: message)) { result, turn in
      let line =
        switch result {
        case .success: "stored \(message.count) bytes as \(name)\n"
        case .failure(let error): "not stored: \(error.detail)\n"
        }
      if case .failure = result { turn.count(.serviceBusy) }
      if let reason = answers.add(Array(line.utf8), to: caller, &turn) { turn.count(reason) }
    }
    return taken ? nil : .serviceBusy
  }

  /// The message's id, or, where it has none, the time and a number.
  private static func name(_ caller: Caller, count: UInt64, at wall: WallTime) -> String {
    if case .blocks(let message, _) = caller { return message.description }
    return "\(wall.seconds)-\(count)"
  }
}
