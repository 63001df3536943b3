import MixHost
import MixNet

/// A connection to the door of a running node, as the commands use it.
final class DoorClient {
  private let loop: ClientLoop
  private let connection: FramedConnection
  private let address: Address
  /// Requests that are not answered yet.
  private(set) var unanswered = 0
  /// What came and was not taken yet.
  private var lastRefusal: String?

  /// How long a door may take to answer what it can answer at once.
  private static let patience = Nanos.s(10)

  /// The options by which a command is told which node.
  static let options = [
    Option("node", "ADDRESS", "the node's door, as 'hearsay run' says it; unix:state/door.sock if not given"),
    Option("config", "FILE", "the node's configuration, which says where its door is"),
  ]

  init(_ address: Address) throws(CommandError) {
    self.address = address
    loop = try ClientLoop()
    do throws(NetworkError) {
      connection = try FramedConnection(to: address, loop.network, frameMax: DoorAnswer.frameMax)
    } catch {
      throw CommandError("\(error.description); a node with a gossip chain listens at unix:FOLDER/state/door.sock")
    }
  }

  deinit { connection.close() }

  /// Connects to the node that the options name.
  static func of(_ arguments: Arguments, _ registry: Registry) throws -> DoorClient {
    try DoorClient(try place(arguments, registry))
  }

  private static func place(_ arguments: Arguments, _ registry: Registry) throws -> Address {
    if let text = arguments.text("node") {
      guard arguments.text("config") == nil else { throw UsageError("--node and --config name a node each") }
      guard let address = Address(text), case .unix = address else {
        throw UsageError("'\(text)' is no door; write unix:PATH")
      }
      return address
    }
    guard let path = arguments.text("config") else { return .unix("state/door.sock") }
    let read = try NodeFile(path: path, registry: registry).read()
    guard let blueprint = read.loaded.blueprint else {
      throw UsageError("\(path) has mistakes: 'hearsay check \(path)' lists them")
    }
    guard GossipDoor.place(in: blueprint.plans) != nil, blueprint.operation.doorVisitorsMax > 0 else {
      throw UsageError("the node of \(path) has no door: it has no chain with 'gossip', or visitors_max is 0")
    }
    return blueprint.operation.door
  }

  // MARK: Talking

  /// Bytes that the node has not taken yet.
  var waiting: Int { connection.waiting }

  func send(_ request: DoorRequest) {
    unanswered += 1
    connection.send(request.bytes)
  }

  /// What comes next; nil when nothing has come in time.
  func next(until end: Instant) throws(CommandError) -> DoorAnswer? {
    while true {
      if let frame = connection.next() {
        guard let answer = DoorAnswer(frame) else { throw CommandError("\(address) does not answer like a door") }
        if answer.isAnswer { unanswered -= 1 }
        if case .failed(let sentence) = answer { lastRefusal = sentence }
        return answer
      }
      if let reason = connection.end {
        throw CommandError(lastRefusal ?? "the connection to the node at \(address) is over: \(reason.name)")
      }
      guard loop.now < end else { return nil }
      loop.turn(until: end) { event in
        if case .connection(connection.id) = event.source { connection.handle(event) }
      }
    }
  }

  /// The next answer or message, however long it takes.
  func next() throws(CommandError) -> DoorAnswer {
    while true {
      if let answer = try next(until: loop.now + .s(3_600)) { return answer }
    }
  }

  /// Sends what is queued and takes what is there, without a wait.
  func look() throws(CommandError) -> DoorAnswer? { try next(until: loop.now) }

  /// Asks for something that the node can say at once. What comes of subscriptions meanwhile is not for this.
  func ask(_ request: DoorRequest) throws(CommandError) -> DoorAnswer {
    send(request)
    let end = loop.now + Self.patience
    while let answer = try next(until: end) {
      if case .failed(let sentence) = answer { throw CommandError(sentence) }
      if answer.isAnswer { return answer }
    }
    throw CommandError("the node at \(address) did not answer within \(Self.patience.ms / 1_000) s")
  }
}
