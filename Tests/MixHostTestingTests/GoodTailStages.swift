import MixHost
import MixNet

// Stages as an author would write them, one for each role of the tail, and one that looks on.

/// Adds what the header asks for, and a random share.
final class JitterStage: DelayStage {
  private var random: RandomStream
  private let most: Nanos

  init(_ most: Nanos, _ builder: inout StageBuilder) {
    random = builder.random()
    self.most = most
  }

  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
  ) {
    for i in batch.indices { deadlines.add(i, columns.headerDelay(i) + Nanos(random.below(most.ns))) }
  }

  static let descriptor = StageDescriptor(
    .delay, "jitter", summary: "makes each packet wait a while", needs: .headerDelay,
    config: { (table: inout ConfigTable) in
      table.milliseconds("most_ms", default: 10, in: 1...1_000, "the most that is added to the header's delay")
    },
    make: { (most: Nanos, builder: inout StageBuilder) throws(BuildError) -> any DelayStage in
      JitterStage(most, &builder)
    })
}

/// Every so often lets all go that it holds, in a random order, and a packet of its own with them.
final class TimedPool: MixStage {
  struct Config: Sendable {
    let interval: Nanos
    let capacity: Int
    init(from table: inout ConfigTable) {
      interval = table.milliseconds("interval_ms", default: 5, in: 1...60_000, "time between two releases")
      capacity = table.int("capacity", default: 128, in: 1...65_536, "packets held; more are dropped")
    }
  }

  private let config: Config
  private var held: Hold
  private var random: RandomStream
  private var due = Instant.never

  init(_ config: Config, _ builder: inout StageBuilder) {
    self.config = config
    held = Hold(capacity: config.capacity)
    random = builder.random()
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.packets.indices {
      if held.isFull { verdicts.drop(i, .queueFull) } else { held.insert(batch.take(i)) }
    }
    if due == .never, held.count > 0 {
      due = turn.now + config.interval
      turn.wake(at: due)
    }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) {
    guard due <= turn.now else { return }
    drain(into: &batch, &turn)
    guard held.count == 0 else { return }
    due = .never
    if var cover = turn.inject(at: .forward, length: 64, route: .none) { random.fill(&cover) }
  }

  func drain(into batch: inout MixBatch, _ turn: inout Turn) {
    while held.count > 0, batch.room > 0 {
      batch.append(held.remove(at: Int(random.below(UInt64(held.count)))))
    }
  }

  static let descriptor = StageDescriptor(
    .mix, "timed_pool", summary: "lets all go at once, every so often", config: Config.init(from:),
    make: { (config: Config, builder: inout StageBuilder) throws(BuildError) -> any MixStage in
      TimedPool(config, &builder)
    })
}

/// Sends every packet back on its link, and says so now and then on a link of its own.
final class MirrorStage: ForwardStage {
  private var count: UInt64 = 0
  private let peer: Address
  private var link: LinkID?

  init(_ peer: Address) { self.peer = peer }

  func started(_ turn: inout Turn) { link = turn.open(peer) }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices {
      count += 1
      if !outlets.send(i, on: batch.link(i), prefix: SendPrefix(count)) { verdicts.drop(i, .queueFull) }
      if count % 100 == 0, let link, var frame = turn.frame(on: link, length: 8) { frame.put(bigEndian: count, at: 0) }
    }
  }

  static let descriptor = StageDescriptor(
    .forward, "mirror", summary: "sends everything back",
    config: { (table: inout ConfigTable) in
      table.address("report", default: .loopback(port: 9_000), "where the counts are sent")
    },
    make: { (peer: Address, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in MirrorStage(peer) })
}

/// Counts what it sees, and writes the sum to a file every second.
final class TallyStage: ObserveStage {
  private var dropped = 0
  private var written = 0

  func started(_ turn: inout Turn) { turn.wake(at: turn.now + .s(1)) }

  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
    for i in batch.indices where verdicts.reason(i) != nil { dropped += 1 }
  }

  func woke(_ turn: inout Turn) {
    turn.wake(at: turn.now + .s(1))
    _ = turn.store(.replace(path: "tally", bytes: Array("\(dropped)\n".utf8))) { [self] result, _ in
      if case .success = result { written += 1 }
    }
  }

  func status() -> [StatusField] { [StatusField("dropped", .int(dropped)), StatusField("written", .int(written))] }

  static let descriptor = StageDescriptor(
    .observe, "tally", summary: "counts what is dropped", config: { (_: inout ConfigTable) in true },
    make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any ObserveStage in TallyStage() })
}
