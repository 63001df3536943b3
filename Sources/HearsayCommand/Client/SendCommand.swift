import Foundation
import LinuxNet
import MixHost
import MixNet
import OrderedJSON
import Relay

extension Command {
  static let send = Command(
    name: "send", takes: "--network FILE --to SERVICE [--file F|-] [--reply] [--via A,B,C]",
    summary: "sends a message through a mix network to a service, and prints the answer if one is wanted",
    options: [
      Option("network", "FILE", "the network file"),
      Option("to", "SERVICE", "the service's name, or NAME@NODE for the one at that node"),
      Option("file", "F", "the message; standard input if not given, or -"),
      Option("reply", nil, "wait for the answer and write it to standard output"),
      Option("blocks", "N", "reply blocks in each packet (1 to 4): an answer larger than the message needs more"),
      Option("via", "A,B,C", "the nodes to pass, first to last; the service is at the last one"),
      Option("delay-ms", "D", "mean of the delay that is asked of each node; 0 if not given"),
      Option("timeout-s", "S", "how long to wait; 30 if not given"),
      Option("json", nil, "one JSON object on standard output; the answer is in it, in hex"),
    ]
  ) { arguments, _ in try Sending(arguments).run() }
}

/// One message on its way.
private struct Sending {
  private let directory: NetworkDirectory
  private let bytes: [UInt8]
  private let order: MixClient.Order
  private let wantsReply: Bool
  private let isJSON: Bool
  private let timeout: Nanos
  private let delay: Nanos

  init(_ arguments: Arguments) throws {
    switch NetworkFile.read(try arguments.required("network")) {
    case .success(let read): directory = read
    case .failure(let error): throw CommandError(error.description)
    }
    let to = try arguments.required("to").split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(to.count), !to[0].isEmpty else { throw UsageError("--to takes NAME or NAME@NODE") }
    wantsReply = arguments.has("reply")
    if !wantsReply, arguments.text("blocks") != nil { throw UsageError("--blocks is for --reply") }
    isJSON = arguments.has("json")
    timeout = .s(UInt64(try arguments.int("timeout-s", default: 30, in: 1...86_400)))
    delay = .ms(UInt64(try arguments.int("delay-ms", default: 0, in: 0...3_600_000)))
    let blocks = try arguments.int("blocks", default: 1, in: 1...4)
    let planner = try RoutePlanner(directory, at: SystemClock().wall)
    let via = try arguments.text("via").map { text in
      try planner.route(named: text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }
    let exit = to.count == 2 ? try planner.node(named: to[1]) : nil
    if let exit, let last = via?.last, exit != last {
      throw UsageError("--via ends at '\(directory.nodes[last].name)', but the service is to be at '\(to[1])'")
    }
    bytes = try Self.read(arguments.text("file") ?? "-")
    order = MixClient.Order(service: to[0], bytes: bytes, blocks: wantsReply ? blocks : 0, via: via, exit: exit)
  }

  private static func read(_ path: String) throws(CommandError) -> [UInt8] {
    if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
    do { return try readFile(path, limit: 1 << 30).bytes } catch { throw CommandError(error.description) }
  }

  func run() throws(CommandError) -> Int32 {
    let loop = try ClientLoop()
    let end = loop.now + timeout
    let client = try MixClient.attached(directory, loop: loop, via: order.via, within: timeout)
    defer { client.close() }
    client.delay = delay
    let started = loop.now
    let id = try client.send(order)
    let packets = client.packets(of: bytes.count, blocks: order.blocks)
    var answer: (bytes: [UInt8], flags: Fragment.Flags)?
    while answer == nil, loop.now < end {
      if let failure = client.failure { throw CommandError(failure) }
      client.turn(until: min(end, loop.now + .ms(100))) { got, bytes, flags in
        if got == id { answer = (bytes, flags) }
      }
      Terminal.progress("send: \(client.packetsSent) of \(packets) packets sent, \(client.repliesTaken) replies")
      if !wantsReply, client.isSent { break }
    }
    Terminal.endProgress()
    return try report(answer, client, packets, after: loop.now - started)
  }

  private func report(
    _ answer: (bytes: [UInt8], flags: Fragment.Flags)?, _ client: MixClient, _ packets: Int, after time: Nanos
  ) throws(CommandError) -> Int32 {
    let failure = failure(answer, client, packets)
    if isJSON {
      Terminal.out(
        JSON.object([
          ("ok", .bool(failure == nil)), ("error", failure.map { .text($0) } ?? .null), ("bytes", .int(bytes.count)),
          ("packets", .int(client.packetsSent)), ("replies", .int(client.repliesTaken)),
          ("milliseconds", .double(Double(time.ns) / 1e6)),
          ("answer", answer.map { .text(Hex.text($0.bytes)) } ?? .null),
        ]).line)
      if let failure { Terminal.note("hearsay: \(failure)") }
      return failure == nil ? 0 : 1
    }
    if let failure { throw CommandError(failure) }
    if let answer {
      FileHandle.standardOutput.write(Data(answer.bytes))
    } else {
      Terminal.note("send: \(bytes.count) bytes in \(packets) packets")
    }
    return 0
  }

  /// Why the message's purpose is not reached; nil when it is.
  private func failure(
    _ answer: (bytes: [UInt8], flags: Fragment.Flags)?, _ client: MixClient, _ packets: Int
  ) -> String? {
    let seconds = timeout.ms / 1_000
    if answer?.flags.contains(.needsBlocks) == true {
      return "the answer is larger than the reply blocks allow; send with --blocks 2 or more"
    }
    if !client.isSent { return "only \(client.packetsSent) of \(packets) packets were sent within \(seconds) s" }
    guard wantsReply, answer == nil else { return nil }
    return "no answer within \(seconds) s: \(packets) packets sent, \(client.repliesTaken) replies came; is there a "
      + "service '\(order.service)' at that node? (--to NAME@NODE chooses the node)"
  }
}
