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

  /// What it takes to remember it, in bytes.
  var cost: Int {
    guard case .blocks(_, let blocks) = self else { return 64 }
    return blocks.reduce(128) { $0 + $1.count + 64 }
  }
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
func makeService(
  _ spec: ServiceSpec, limits: ServiceLimits, _ builder: borrowing StageBuilder
) throws(BuildError) -> any Service {
  let node = builder.node
  switch spec.kind {
  case .echo: return EchoService()
  case .sink: return SinkService()
  case .file(let folder): return FileService(folder: node.path(folder), limits)
  case .socket(let path): return SocketService(address: .unix(node.path(path)), limits)
  case .publish(let name, let topic):
    guard let chain = builder.chain(name) else {
      throw BuildError(
        "service '\(spec.name)' publishes through chain '\(name)', which takes nothing from chain '\(builder.plan.name)';"
          + " write from = [\"\(builder.plan.name)\"] in [chain.\(name)]")
    }
    return PublishService(chain: chain, topic: topic, limits)
  }
}

/// What a service may take.
struct ServiceLimits {
  /// Bytes of one message.
  let messageMax: Int
  /// Bytes of all messages and callers that wait for the service.
  let waitingMax: Int
  /// Bytes of all files that it stores from the node's start on.
  let storedMax: Int

  static func waitingMax(from table: inout ConfigTable) -> Int {
    table.int(
      "waiting_bytes_max", default: 16 << 20, in: 65_536...1 << 34,
      "bytes of messages and answers that may wait for a service, and for each kind of wait; more is refused")
  }

  static func storedMax(from table: inout ConfigTable) -> Int {
    table.int(
      "stored_bytes_max", default: 1 << 30, in: 0...1 << 50,
      "bytes that a file service stores from the node's start on; more is refused")
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
  private let limits: ServiceLimits
  private var count: UInt64 = 0
  private var waiting = 0
  private var stored = 0
  /// False when the folder may be missing: then it is made before the next message is stored.
  private var hasFolder = false

  init(folder: String, _ limits: ServiceLimits) {
    self.folder = folder
    self.limits = limits
  }

  func start(_ turn: inout Turn) { makeFolder(&turn) }

  private func makeFolder(_ turn: inout Turn) {
    hasFolder = turn.store(.makeFolder(path: folder)) { [self] result, turn in
      if case .failure = result { failed(&turn) }
    }
    if !hasFolder { turn.count(.serviceBusy) }
  }

  private func failed(_ turn: inout Turn) {
    Probe.reachable("service.not_stored")
    turn.count(.serviceBusy)
    hasFolder = false
  }

  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason? {
    let cost = message.count + caller.cost
    guard stored + message.count <= limits.storedMax, waiting + cost <= limits.waitingMax else { return .serviceBusy }
    Probe.sometimes("service.folder_again", !hasFolder)
    if !hasFolder { makeFolder(&turn) }
    count += 1
    let name = Self.name(caller, count: count, at: turn.wall)
    if Probe.buggify("service.disk_crowded", oneIn: 10) { return .serviceBusy }
    let taken = turn.store(.replace(path: "\(folder)/\(name)", bytes: message)) { [self] result, turn in
      waiting -= cost
      Probe.always("service.waits_within_bounds", waiting >= 0 && waiting <= limits.waitingMax)
      Probe.sometimes("service.some_wait", waiting > 0)
      let line =
        switch result {
        case .failure where Probe.planted("stored_untrue"), .success: "stored \(message.count) bytes as \(name)\n"
        case .failure(let error): "not stored: \(error.detail)\n"
        }
      if case .failure = result {
        stored -= message.count
        failed(&turn)
      }
      if let reason = answers.add(Array(line.utf8), to: caller, &turn) { turn.count(reason) }
    }
    guard taken else { return .serviceBusy }
    waiting += cost
    stored += message.count
    return nil
  }

  /// The message's id, or, where it has none, the time and a number.
  private static func name(_ caller: Caller, count: UInt64, at wall: WallTime) -> String {
    if case .blocks(let message, _) = caller { return message.description }
    return "\(wall.seconds)-\(count)"
  }
}
