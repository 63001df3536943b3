import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let subscribe = Command(
    name: "subscribe", plainMax: 1, takes: "TOPIC [--history] [--count N]",
    summary: "prints the messages of a topic as they come, each as a line",
    options: [
      Option("history", nil, "begin with the messages that the node still keeps"),
      Option("count", "N", "end after so many messages"),
    ] + DoorClient.options + [Option("json", nil, "each message as one JSON object on a line of standard output")]
  ) { arguments, registry in
    let topic = try topic(arguments, of: "subscribe")
    let count = try arguments.int("count", default: .max, in: 1...Int.max)
    let isJSON = arguments.has("json")
    let client = try DoorClient.of(arguments, registry)
    _ = try client.ask(.subscribe(topic: topic, history: arguments.has("history")))
    Terminal.note("hearsay: subscribed to '\(topic)'")
    var shown = 0
    while shown < count {
      let line: [UInt8]
      switch try client.next() {
      case .message(let message):
        shown += 1
        line = isJSON ? Array(message.json.line.utf8) : message.payload
      case .lost(let count):
        Terminal.note("hearsay: \(count) messages were lost here: they came faster than they were read")
        guard isJSON else { continue }
        line = Array(JSON.object([("lost", .uint(count))]).line.utf8)
      default: continue
      }
      guard Terminal.deliver(line + [UInt8(ascii: "\n")]) else {
        throw CommandError("standard output cannot be written to")
      }
    }
    return 0
  }
}

extension DoorMessage {
  /// As `hearsay subscribe --json` prints it; a payload that is no text is in hex.
  var json: JSON {
    var fields: [(String, JSON)] = [
      ("topic", .text(topic)), ("origin", .text(origin.description)), ("epoch", .uint(epoch)),
      ("sequence", .uint(sequence)), ("created_ms", .uint(createdMS)), ("hop", .int(Int(hop))),
      ("priority", .text("\(priority)")),
    ]
    if let text = String(validating: payload, as: UTF8.self) {
      fields.append(("payload", .text(text)))
    } else {
      fields.append(("payload_hex", .text(Hex.text(payload))))
    }
    return .object(fields)
  }
}
