import Gossip
import LinuxNet
import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let publish = Command(
    name: "publish", plainMax: 1, takes: "TOPIC [--file F|-] [--lines] [--priority P]",
    summary: "publishes a message, or one for each line, to all nodes of a gossip cluster",
    options: [
      Option("file", "F", "the message; standard input if not given, or -"),
      Option("lines", nil, "each line is a message of its own"),
      Option("priority", "P", "critical, normal or bulk; normal if not given"),
    ] + DoorClient.options + [Option("json", nil, "one JSON object on standard output")]
  ) { arguments, registry in try Publishing(arguments, registry).run() }

  /// The topic that a command's first word is.
  static func topic(_ arguments: Arguments, of command: String) throws(UsageError) -> String {
    guard let topic = arguments.plain.first else { throw UsageError("'\(command)' needs a topic") }
    guard 1...DoorRequest.topicMax ~= topic.utf8.count else {
      throw UsageError("a topic has 1 to \(DoorRequest.topicMax) bytes")
    }
    return topic
  }
}

/// Messages on their way to a node.
private final class Publishing {
  private let topic: String
  private let priority: GossipHeader.Priority
  private let path: String?
  private let hasLines: Bool
  private let isJSON: Bool
  private let client: DoorClient
  private var (accepted, queued, bytes, empty) = (0, 0, 0, 0)
  private var refusals: [String] = []

  /// Messages that may be on their way to the node at once, and bytes of them.
  private static let windowMessages = 64
  private static let windowBytes = 1 << 20

  init(_ arguments: Arguments, _ registry: Registry) throws {
    topic = try Command.topic(arguments, of: "publish")
    let names = GossipHeader.Priority.allCases.map { "\($0)" }
    let name = arguments.text("priority") ?? "normal"
    guard let place = names.firstIndex(of: name) else {
      throw UsageError("--priority is one of \(names.joined(separator: ", "))\(didYouMean(name, in: names))")
    }
    priority = GossipHeader.Priority.allCases[place]
    path = arguments.text("file").flatMap { $0 == "-" ? nil : $0 }
    hasLines = arguments.has("lines")
    isJSON = arguments.has("json")
    client = try DoorClient.of(arguments, registry)
  }

  func run() throws(CommandError) -> Int32 {
    if hasLines { try publishLines() } else { try publish(try whole()) }
    while client.unanswered > 0 { count(try client.next()) }
    if let refusal = refusals.first {
      throw CommandError("\(refusals.count) of \(accepted + queued + refusals.count) messages were refused: \(refusal)")
    }
    if empty > 0 { Terminal.note("hearsay: \(empty) empty lines were passed over: a message has one byte at least") }
    if isJSON {
      Terminal.out(
        JSON.object([
          ("ok", .bool(true)), ("topic", .text(topic)), ("published", .int(accepted + queued)),
          ("queued", .int(queued)), ("bytes", .int(bytes)),
        ]).line)
    }
    return 0
  }

  // MARK: What is published

  private func whole() throws(CommandError) -> [UInt8] {
    var message: [UInt8] = []
    if let path {
      do { message = try readFile(path, limit: Chunk.payloadMax + 1).bytes } catch {
        throw CommandError(error.description)
      }
    } else {
      var chunk = [UInt8](repeating: 0, count: 1 << 18)
      while message.count <= Chunk.payloadMax {
        let count = try LineLoop.read(&chunk)
        if count == 0 { break }
        message += chunk[..<count]
      }
    }
    guard message.count <= Chunk.payloadMax else {
      throw CommandError("a message has at most \(Chunk.payloadMax) bytes; found more")
    }
    guard !message.isEmpty else { throw CommandError("there is nothing to publish: a message has one byte at least") }
    return message
  }

  private func publishLines() throws(CommandError) {
    var splitter = LineSplitter(limit: Chunk.payloadMax)
    func each(_ line: Result<[UInt8], LineError>) throws(CommandError) {
      guard case .success(let message) = line else {
        throw CommandError("a line has at most \(Chunk.payloadMax) bytes; found more")
      }
      if message.isEmpty { empty += 1 } else { try publish(message) }
    }
    if let path {
      let file: [UInt8]
      do { file = try readFile(path, limit: 1 << 30).bytes } catch { throw CommandError(error.description) }
      try splitter.take(file[...], each)
    } else {
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = try LineLoop.read(&chunk)
        if count == 0 { break }
        try splitter.take(chunk[..<count], each)
      }
    }
    try splitter.finish(each)
  }

  /// Hands a message over, once the node has taken enough of those before it.
  private func publish(_ message: [UInt8]) throws(CommandError) {
    while client.unanswered >= Self.windowMessages || client.waiting >= Self.windowBytes { count(try client.next()) }
    bytes += message.count
    client.send(.publish(topic: topic, priority: priority, payload: message))
    while let answer = try client.look() { count(answer) }
  }

  private func count(_ answer: DoorAnswer) {
    switch answer {
    case .published(.accepted): accepted += 1
    case .published(.queued): queued += 1
    case .published(.refused(let reason)): refusals.append(reason.rawValue)
    case .failed(let sentence): refusals.append(sentence)
    case .done, .json, .message, .lost: break
    }
  }
}
