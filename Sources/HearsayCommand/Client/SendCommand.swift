import Foundation
import LinuxNet
import MixHost
import MixNet
import OrderedJSON
import Relay

extension Command {
  static let send = Command(
    name: "send", takes: "--network FILE --to SERVICE [--file F|-] [--reply] [--cover] [--peers FILE]",
    summary: "sends a message through a mix network to a service, and prints the answer if one is wanted",
    options: [
      Option("network", "FILE", "the network file"),
      Option("to", "SERVICE", "the service's name, or NAME@NODE for the one at that node"),
      Option("file", "F", "the message; standard input if not given, or -"),
      Option("reply", nil, "wait for the answer and write it to standard output"),
      Option("blocks", "N", "reply blocks in each packet (1 to 4): an answer larger than the message needs more"),
      Option("via", "A,B,C", "the nodes to pass, first to last; the service is at the last one"),
      Option(
        "peers", "FILE", "what the nodes publish of whom they chose as peers, a line for each: go along these choices"),
      Option("delay-ms", "D", "mean of the delay that is asked of each node; 0 if not given"),
      Option(
        "cover", nil, "send on a Poisson clock: packets of the message while there are any, else loops that come home"),
      Option("cover-ms", "M", "with --cover, mean time between two packets; 200 if not given"),
      Option("cover-s", "S", "with --cover, how long to go on at least; 10 if not given"),
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
  private let lines: PeerLines?
  private let wantsReply: Bool
  private let isJSON: Bool
  private let timeout: Nanos
  private let delay: Nanos
  /// The mean time between two packets and how long to go on, if it sends cover too.
  private let cover: (mean: Nanos, time: Nanos)?

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
    let mean = try arguments.int("cover-ms", default: 200, in: 1...3_600_000)
    let seconds = try arguments.int("cover-s", default: 10, in: 0...86_400)
    cover = arguments.has("cover") ? (.ms(UInt64(mean)), .s(UInt64(seconds))) : nil
    for name in ["cover-ms", "cover-s"] where cover == nil && arguments.text(name) != nil {
      throw UsageError("--\(name) is for --cover")
    }
    let blocks = try arguments.int("blocks", default: 1, in: 1...4)
    lines = try arguments.text("peers").map { [directory] path in try Self.lines(path, directory) }
    let planner = try RoutePlanner(directory, at: SystemClock().wall, by: lines)
    let via = try arguments.text("via").map { text in
      try planner.route(named: text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }
    let exit = to.count == 2 ? try planner.node(named: to[1]) : nil
    if let exit, let last = via?.last, exit != last {
      throw UsageError("--via ends at '\(directory.nodes[last].name)', but the service is to be at '\(to[1])'")
    }
    if let fault = via.flatMap(planner.fault) { throw UsageError("--via cannot be taken: \(fault)") }
    bytes = try Self.read(arguments.text("file") ?? "-")
    order = MixClient.Order(service: to[0], bytes: bytes, blocks: wantsReply ? blocks : 0, via: via, exit: exit)
    var random = RandomStream(seed: SystemEntropy().seed())
    if let lines, planner.ends(ends, &random) == nil {
      let missing = directory.nodes.indices.filter { lines.choices[$0].isEmpty }.map { directory.nodes[$0].name }
      let unknown = missing.isEmpty ? "" : "; none is known of \(missing.joined(separator: ", "))"
      throw UsageError("\(MixClient.noWay)\(unknown)")
    }
  }

  /// The lines of `--peers`.
  private static func lines(_ path: String, _ directory: NetworkDirectory) throws(UsageError) -> PeerLines {
    let lines: PeerLines
    do throws(PeerLines.Mistake) { lines = try PeerLines([path], directory, at: SystemClock().wall) } catch {
      throw UsageError(error.sentence)
    }
    for note in lines.notes { Terminal.note("send: \(note)") }
    if lines.known == 0 { throw UsageError(PeerLines.outdated([path])) }
    return lines
  }

  private static func read(_ path: String) throws(CommandError) -> [UInt8] {
    if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
    do { return try readFile(path, limit: 1 << 30).bytes } catch { throw CommandError(error.description) }
  }

  private var ends: RoutePlanner.Ends {
    RoutePlanner.Ends(via: order.via, exit: order.exit, hasReplies: wantsReply, hasLoops: cover != nil)
  }

  func run() throws(CommandError) -> Int32 {
    let loop = try ClientLoop()
    let end = loop.now + timeout
    let client = try MixClient.attached(directory, loop: loop, by: lines, ends, within: timeout)
    defer { client.close() }
    client.delay = delay
    let started = loop.now
    if let cover { client.startCover(mean: cover.mean) }
    let id = try client.send(order)
    let packets = client.packets(of: bytes.count, blocks: order.blocks)
    var answer: (bytes: [UInt8], flags: Fragment.Flags)?
    var done: Instant?
    func turn(until end: Instant) throws(CommandError) {
      if let failure = client.failure { throw CommandError(failure) }
      client.turn(until: min(end, loop.now + .ms(100))) { got, bytes, flags in
        if got == id { answer = (bytes, flags) }
      }
      if done == nil, wantsReply ? answer != nil : client.isSent { done = loop.now }
      let loops = client.cover.map { ", \($0.back) of \($0.sent) loops back" } ?? ""
      Terminal.progress(
        "send: \(client.packetsSent) of \(packets) packets sent, \(client.repliesTaken) replies\(loops)")
    }
    while done == nil, loop.now < end { try turn(until: end) }
    if let cover { try goOn(client, loop, until: started + cover.time, turn) }
    Terminal.endProgress()
    return try report(answer, client, packets, after: (done ?? loop.now) - started)
  }

  /// Sends cover until its time is over too, and then waits for the last loops.
  private func goOn(
    _ client: MixClient, _ loop: ClientLoop, until end: Instant, _ turn: (Instant) throws(CommandError) -> Void
  ) throws(CommandError) {
    while loop.now < end { try turn(end) }
    client.stopCover()
    let last = loop.now + Self.patience
    while loop.now < last, client.cover?.open ?? 0 > 0 { try turn(last) }
  }

  /// How long the last loops are waited for.
  private static let patience = Nanos.s(5)

  private func report(
    _ answer: (bytes: [UInt8], flags: Fragment.Flags)?, _ client: MixClient, _ packets: Int, after time: Nanos
  ) throws(CommandError) -> Int32 {
    let failure = failure(answer, client, packets)
    if isJSON {
      Terminal.out(
        JSON.object(
          [
            ("ok", .bool(failure == nil)), ("error", failure.map { .text($0) } ?? .null), ("bytes", .int(bytes.count)),
            ("packets", .int(client.packetsSent)), ("replies", .int(client.repliesTaken)),
          ] + loops(client) + [
            ("milliseconds", .double(Double(time.ns) / 1e6)),
            ("answer", answer.map { .text(Hex.text($0.bytes)) } ?? .null),
          ]
        ).line)
      if let failure { Terminal.note("hearsay: \(failure)") }
      return failure == nil ? 0 : 1
    }
    if let failure { throw CommandError(failure) }
    if let answer {
      FileHandle.standardOutput.write(Data(answer.bytes))
    } else {
      let loops = client.cover.map { "; \($0.back) of \($0.sent) loops came home" } ?? ""
      Terminal.note("send: \(bytes.count) bytes in \(packets) packets\(loops)")
    }
    return 0
  }

  private func loops(_ client: MixClient) -> [(String, JSON)] {
    client.cover.map { [("loops_sent", .int($0.sent)), ("loops_back", .int($0.back))] } ?? []
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
