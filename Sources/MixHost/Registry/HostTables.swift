import MixNet

// The tables of the host itself: what does not belong to a stage.

/// `[node]` and what the program around the node needs.
struct NodeTable {
  let name: String
  let state: String
  let network: String?
  let networkPosition: ConfigPosition

  init(from table: ConfigTable, base: String) {
    name = table.string("name", default: "node", length: 1...64, "the node's name, as the network file has it")
    state = Self.resolve(
      table.path("state", default: "state", "folder of the node's own files; relative to this file's folder"), base)
    let file = table.path("network", "the network file: the other nodes, their addresses and public keys")
    network = file.map { Self.resolve($0, base) }
    networkPosition = table.position(of: "network")
  }

  static func resolve(_ path: String, _ base: String) -> String {
    path.hasPrefix("/") || base.isEmpty ? path : "\(base)/\(path)"
  }
}

/// `[pipeline]`.
struct PipelineTable {
  let workers: Int
  let batchSize: Int
  let poolSize: Int
  let maxQueueDepth: Int
  let targetThroughput: Int
  let drainAtOnce: Bool
  let drainMax: Nanos

  enum Drain: String, CaseIterable {
    case deadline, now
  }

  init(from table: ConfigTable) {
    workers = table.int("workers", default: 4, in: 1...64, "threads; one a core is most that helps")
    let batch = table.int("batch_size", default: 128, in: 1...4_096, "most packets that are handled in one turn")
    batchSize = Probe.knob("pipeline.batch_size", default: batch, in: 1...4)
    let pool = table.int(
      "pool_size", default: 16_384, in: 64...16_777_216, "packets that a chain has memory for; more are shed")
    poolSize = Probe.knob("pipeline.pool_size", default: pool, in: 8...24)
    maxQueueDepth = table.int(
      "max_queue_depth", default: 10_000, in: 1...1_048_576, "packets that may wait for one link; more are shed")
    targetThroughput = table.int(
      "target_throughput", default: 0, in: 0...1_000_000_000,
      "packets a second that you expect; status compares with it (0: nothing to compare)")
    let drain = table.choice(
      "drain", default: Drain.deadline, "at the stop, held packets leave at their deadline, or now")
    drainAtOnce = drain == .now
    drainMax = table.milliseconds("drain_max_ms", default: 5_000, in: 0...600_000, "the longest that a stop may take")
  }
}

extension NodeSettings {
  /// `[links]`.
  init(from table: ConfigTable, pipeline: PipelineTable) {
    linksMax = table.int("links_max", default: 1_024, in: 2...65_535, "links of the whole node; more are refused")
    linkAgeMax = table.milliseconds(
      "link_age_max_ms", default: 2_000, in: 1...600_000, "a packet that waits longer for its link is dropped")
    readReconnect(table)
    readKeepAlive(table)
    readAdmission(table)
    readRates(table)
    flushMax = table.milliseconds(
      "flush_max_ms", default: 1_000, in: 0...600_000, "how long a link that is closed may take to send what waits")
    connectTimeout = table.milliseconds(
      "connect_timeout_ms", default: 5_000, in: 10...600_000, "how long a connect may take")
    handshakeTimeout = table.milliseconds(
      "handshake_timeout_ms", default: 5_000, in: 10...600_000, "how long a handshake or an attach may take in all")
    frameTimeout = table.milliseconds(
      "frame_timeout_ms", default: 10_000, in: 10...600_000, "how long a frame may take from first to last byte")
    let stall = table.milliseconds(
      "stall_timeout_ms", default: 20_000, in: 10...600_000, "a link that takes no byte for so long is closed")
    stallTimeout = Probe.knob("link.stall_ms", default: stall, ms: 500...3_000)
    maxQueueDepth = pipeline.maxQueueDepth
    drainAtOnce = pipeline.drainAtOnce
    drainMax = pipeline.drainMax
  }

  private mutating func readReconnect(_ table: ConfigTable) {
    backoff.least = table.milliseconds(
      "reconnect_min_ms", default: 100, in: 1...600_000, "shortest pause before a broken link is opened again")
    backoff.most = table.milliseconds(
      "reconnect_max_ms", default: 30_000, in: 1...3_600_000, "longest pause, after failure upon failure")
    backoff.settled = table.milliseconds(
      "settled_ms", default: 10_000, in: 0...3_600_000, "a link that lived so long makes earlier failures forgotten")
    let tries = table.int(
      "reconnect_tries_max", default: 0, in: 0...1_000_000,
      "tries in a row that may fail before a link is given up, until something is to be sent again; 0: any number")
    backoff.triesMax = tries > 0 ? tries : nil
    if backoff.least > backoff.most {
      table.mistake(at: "reconnect_min_ms", "'reconnect_min_ms' is larger than 'reconnect_max_ms'")
    }
    breaker.failures = table.int(
      "breaker_failures", default: 5, in: 0...1_000_000,
      "failures in a row after which a peer is left alone for a while; 0: never")
    breaker.base = table.milliseconds(
      "breaker_ms", default: 30_000, in: 1...3_600_000, "how long it is left alone; the n-th time n times as long")
    breaker.most = table.milliseconds(
      "breaker_max_ms", default: 300_000, in: 1...86_400_000, "the longest that it is left alone")
    ejectedPercentMax = table.int(
      "ejected_percent_max", default: 50, in: 0...100,
      "share of the peers that may be left alone at once; one of several always may, the only one never")
  }

  private mutating func readKeepAlive(_ table: ConfigTable) {
    keepAlive.interval = table.milliseconds(
      "ping_interval_ms", default: 1_000, in: 10...600_000, "a peer that was silent for so long is asked")
    keepAlive.timeout = table.milliseconds(
      "ping_timeout_ms", default: 2_000, in: 10...600_000, "longest wait for its answer; less where answers come fast")
    keepAlive.timeoutMin = table.milliseconds(
      "ping_timeout_min_ms", default: 500, in: 1...600_000, "shortest wait for its answer")
    idleTimeout = table.milliseconds(
      "idle_timeout_ms", default: 180_000, in: 0...86_400_000,
      "a raw link that came in is closed after so long without a frame; 0: never")
  }

  private mutating func readRates(_ table: ConfigTable) {
    func rate(_ key: String, _ doc: String) -> UInt64 {
      UInt64(table.int(key, default: 0, in: 0...1_000_000_000, "\(doc); 0: no limit"))
    }
    rates.read.bytes = rate("read_bytes_per_s", "bytes a second that are read from one link; the rest waits")
    rates.read.frames = rate("read_frames_per_s", "frames a second that are read from one link")
    rates.readAll.bytes = rate("read_all_bytes_per_s", "bytes a second that are read from all links together")
    rates.readAll.frames = rate("read_all_frames_per_s", "frames a second that are read from all links together")
    rates.write.bytes = rate("write_bytes_per_s", "bytes a second that are written to one link; the rest waits")
    rates.write.frames = rate("write_frames_per_s", "frames a second that are written to one link")
    rates.writeAll.bytes = rate("write_all_bytes_per_s", "bytes a second that are written to all links together")
    rates.writeAll.frames = rate("write_all_frames_per_s", "frames a second that are written to all links together")
  }

  private mutating func readAdmission(_ table: ConfigTable) {
    admission.all = max(1, linksMax - max(1, linksMax / 8))
    admission.perHost = table.int(
      "links_per_host_max", default: 8, in: 1...65_535, "links from one host; this machine itself is not held to it")
    admission.perNetgroup = table.int(
      "links_per_netgroup_max", default: 32, in: 1...65_535, "links from one IPv4 /24 or IPv6 /48")
    admission.handshakes = table.int(
      "handshakes_max", default: 64, in: 1...65_535,
      "links that may be in their handshakes at once; the oldest gives way to the next")
    admission.memoryPercentMax = table.int(
      "memory_percent_max", default: 98, in: 1...100,
      "no link comes in while more than this share of some worker's packets is in use")
    admission.rate = UInt64(
      table.int("accept_rate", default: 1_000, in: 0...1_000_000, "links that may come in, a second; 0: any number"))
    admission.burst = UInt64(
      table.int("accept_burst", default: 256, in: 1...1_000_000, "links that may come in at once after a rest"))
  }
}

/// `[clients]`.
struct ClientsTable {
  let listen: Address?
  let chain: String?
  let position: ConfigPosition
  let listenPosition: ConfigPosition

  init(from table: ConfigTable) {
    listen = table.address("listen", "where clients attach; without it the node has no clients")
    chain = table.string("chain", "the chain that clients belong to; the first one if not given")
    position = table.position(of: "chain")
    listenPosition = table.position(of: "listen")
  }
}

extension OperationSettings {
  /// `[status]`, `[door]`, `[log]` and `[mailbox]`.
  init(_ file: ConfigFile, node: NodeTable, pipeline: PipelineTable) {
    let status = file.table("status").address(
      "listen", "where status is asked; a socket in the state folder if not given")
    self.status = status ?? .unix("\(node.state)/status.sock")
    if status == nil, node.state.utf8.count + 12 > Address.unixPathMax {
      file.mistake(
        at: file.table("node").position(of: "state"), "the path is too long for a socket in it; set [status] listen")
    }
    let door = file.table("door")
    let place = door.address(
      "listen",
      "a Unix socket where programs of this machine publish and subscribe; in the state folder if not given")
    self.door = place ?? .unix("\(node.state)/door.sock")
    if case .unix = self.door {
    } else {
      door.mistake(at: "listen", "the door is a Unix socket: its file's rights say who may publish; write unix:PATH")
    }
    doorVisitorsMax = door.int(
      "visitors_max", default: 16, in: 0...1_024, "programs that may be connected at once; 0: there is no door")
    doorUnreadMax = door.int(
      "unread_bytes_max", default: 32 << 20, in: 65_536...(1 << 30),
      "bytes of messages that wait for a program which does not read; the oldest give way, and it is told")
    log = file.table("log").choice("level", default: LogLevel.info, "how much is said on standard error")
    targetThroughput = pipeline.targetThroughput
    let mailbox = file.table("mailbox")
    let path = mailbox.string(
      "file", default: "mailbox.db", length: 0...4_095,
      "file with the messages for clients that are away, in the state folder; empty: there is no mailbox")
    self.mailbox = path.isEmpty ? nil : NodeTable.resolve(path, node.state)
    mailboxMessagesMax = mailbox.int(
      "messages_max", default: 1_000_000, in: 1...1_000_000_000, "messages that are kept in all")
    mailboxClientMax = mailbox.int(
      "client_messages_max", default: 10_000, in: 1...1_000_000_000, "messages that are kept for one client")
    mailboxClientsMax = mailbox.int(
      "clients_max", default: 1_000_000, in: 1...1_000_000_000, "clients that messages are kept for")
    mailboxKeep = mailbox.seconds("keep_s", default: 604_800, in: 1...31_536_000, "how long a message is kept")
  }
}
