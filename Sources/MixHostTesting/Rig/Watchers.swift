import MixHost
import MixNet

/// Puts a watcher around a stage of those roles in which there is something to see beside verdicts and exits.
func watched(_ built: BuiltStage, _ log: TrialLog) -> BuiltStage {
  switch built {
  case .decode(let stage): .decode(WatchedDecode(stage, log))
  case .delay(let stage): .delay(WatchedDelay(stage, log))
  case .mix(let stage): .mix(WatchedMix(stage, log))
  case .forward(let stage): .forward(WatchedForward(stage, log))
  case .admission, .verify, .observe: built
  }
}

/// Passes on what every stage is told.
private class Watcher {
  let log: TrialLog
  private let watched: any Stage

  init(_ watched: any Stage, _ log: TrialLog) {
    self.watched = watched
    self.log = log
  }

  func started(_ turn: inout Turn) { watched.started(&turn) }
  func woke(_ turn: inout Turn) { watched.woke(&turn) }
  func linkChanged(_ change: LinkChange, _ turn: inout Turn) { watched.linkChanged(change, &turn) }
  func drained(_ link: LinkID, _ turn: inout Turn) { watched.drained(link, &turn) }
  func finished(_ turn: inout Turn) { watched.finished(&turn) }
  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {
    watched.received(part, at: offset, of: size, on: link, &turn)
  }
  func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn) {
    watched.received(datagram: datagram, from: address, &turn)
  }
  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    watched.deliver(batch, columns, &turn)
  }
  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) { watched.networkChanged(directory, &turn) }
  func status() -> [StatusField] { watched.status() }
}

private final class WatchedDecode: Watcher, DecodeStage {
  private let stage: any DecodeStage

  init(_ stage: any DecodeStage, _ log: TrialLog) {
    self.stage = stage
    super.init(stage, log)
  }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    stage.decode(&batch, &columns, &verdicts, &turn)
    note(batch, columns, verdicts)
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    stage.finish(&batch, &columns, &verdicts, &turn)
    note(batch, columns, verdicts)
  }

  private func note(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: borrowing Verdicts) {
    for i in batch.indices where verdicts.isOpen(i) {
      guard let sample = log.sample(batch, i) else { continue }
      let values = "id \(columns.id(i)), sender \(columns.sender(i)), route \(columns.route(i))"
      log.columns(sample, "\(values), delay \(columns.headerDelay(i).ns) ns, class \(batch.priority(i))")
    }
  }
}

private final class WatchedDelay: Watcher, DelayStage {
  private let stage: any DelayStage

  init(_ stage: any DelayStage, _ log: TrialLog) {
    self.stage = stage
    super.init(stage, log)
  }

  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
  ) {
    stage.delay(batch, columns, &deadlines, &turn)
    for i in batch.indices {
      if let sample = log.sample(batch, i) { log.delay(sample, deadlines[i] - turn.now) }
    }
  }
}

private final class WatchedMix: Watcher, MixStage {
  private let stage: any MixStage

  init(_ stage: any MixStage, _ log: TrialLog) {
    self.stage = stage
    super.init(stage, log)
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    log.now = turn.now
    let count = batch.packets.count
    var samples: [Int?] = []
    for i in 0..<count { samples.append(log.sample(batch.packets, i)) }
    for sample in samples { if let sample { log.comeToMix(sample) } }
    stage.hold(&batch, columns, deadlines, &verdicts, &turn)
    for i in 0..<count where batch.packets.slotNumber(i) == nil && !verdicts.isOpen(i) {
      let what = verdicts.isConsumed(i) ? "consumed" : "dropped"
      log.breach("packet \(samples[i] ?? -1) was \(what) and taken to be released later")
    }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) { stage.release(into: &batch, &turn) }
  func drain(into batch: inout MixBatch, _ turn: inout Turn) { stage.drain(into: &batch, &turn) }
}

private final class WatchedForward: Watcher, ForwardStage {
  private let stage: any ForwardStage

  init(_ stage: any ForwardStage, _ log: TrialLog) {
    self.stage = stage
    super.init(stage, log)
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    stage.forward(batch, columns, &outlets, &verdicts, &turn)
    log.now = turn.now
    for i in batch.indices where outlets.isSettled(i) {
      guard let sample = log.sample(batch, i) else { continue }
      if verdicts.isOpen(i) {
        log.settle(sample)
      } else {
        let what = verdicts.isConsumed(i) ? "consumed" : "dropped"
        log.breach("packet \(sample) was \(what) and given an outlet as well")
      }
    }
  }
}
