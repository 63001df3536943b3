import Messages
import MixHost
import MixNet

/// One stream on the node's thread: who waits to read, to write, and to know that all has come.
final class StreamDesk {
  private struct Writer {
    let message: [UInt8]
    let promise: Promise<Void>
  }

  private var readers: [Promise<PeerMessage?>] = []
  private var writers: [Writer] = []
  private var flushers: [(promise: Promise<Void>, before: UInt64)] = []
  /// Reliable messages that were queued, and that were confirmed.
  private var queued: UInt64 = 0
  private var confirmed: UInt64 = 0
  /// This side has ended its half.
  private(set) var isFinished = false
  /// The other side has everything up to that end.
  var isFinishConfirmed = false
  /// The other side has ended its half.
  var isEnded = false
  /// It is over, and why if not in good order.
  private(set) var isOver = false
  private var error: PeerError?
  private var isServing = false
  private var mustServe = false
  /// The application has no more use for it.
  var isLetGo = false

  func read(_ promise: Promise<PeerMessage?>, _ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn) {
    readers.append(promise)
    serve(name, stage, &turn)
  }

  /// Queues a reliable message once there is room.
  func write(
    _ message: [UInt8], _ promise: Promise<Void>, _ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn
  ) {
    writers.append(Writer(message: message, promise: promise))
    serve(name, stage, &turn)
  }

  /// Queues a message if there is room now.
  func offer(
    _ message: [UInt8], _ sendClass: SendClass, _ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn
  ) -> Result<SendResult, PeerError> {
    if let error { return .failure(error) }
    // Those who wait were there before.
    if sendClass == .reliable, !writers.isEmpty { return .success(.full) }
    let result = stage.send(message, sendClass, on: name.id, of: name.peer, &turn)
    if result == .queued, sendClass == .reliable { queued += 1 }
    return .success(result)
  }

  func finish(_ promise: Promise<Void>, _ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn) {
    // The other side has gone, and had everything: there is nothing more that an end could promise.
    if case .streamGone(let left) = error, left.messages.isEmpty { return promise.settle(.success(())) }
    if let error { return promise.settle(.failure(error)) }
    isFinished = true
    refuseWriters(.refused(.noStream))
    stage.finish(name.id, of: name.peer, &turn)
    promise.settle(.success(()))
  }

  /// Those who wait to send need not wait any longer.
  func refuseWriters(_ error: PeerError) {
    for writer in writers { writer.promise.settle(.failure(error)) }
    writers = []
  }

  func flush(_ promise: Promise<Void>) {
    if confirmed >= queued { return promise.settle(.success(())) }
    if let error { return promise.settle(.failure(error)) }
    flushers.append((promise, queued))
  }

  func confirmed(before number: UInt64) {
    confirmed = max(confirmed, number)
    for flusher in flushers where flusher.before <= confirmed { flusher.promise.settle(.success(())) }
    flushers.removeAll { $0.before <= confirmed }
  }

  /// Gives what there is to those who wait. What it does may bring news of the stream, and with it another call: that one is
  /// left to the first.
  func serve(_ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn) {
    mustServe = true
    guard !isServing else { return }
    isServing = true
    defer { isServing = false }
    while mustServe {
      mustServe = false
      serveWriters(name, stage, &turn)
      serveReaders(name, stage, &turn)
    }
  }

  private func serveReaders(_ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn) {
    if isLetGo { while stage.take(from: name.id, of: name.peer, &turn) != nil {} }
    while !readers.isEmpty {
      let reader = readers.removeFirst()
      guard reader.claim() else { continue }
      if let message = stage.take(from: name.id, of: name.peer, &turn) {
        reader.settle(.success(message))
      } else if isEnded {
        reader.settle(.success(nil))
      } else if isOver {
        reader.settle(error.map { .failure($0) } ?? .success(nil))
      } else {
        readers.insert(reader, at: 0)
        return reader.unclaim()
      }
    }
  }

  private func serveWriters(_ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn) {
    while !writers.isEmpty {
      let writer = writers.removeFirst()
      guard writer.promise.claim() else { continue }
      if let error {
        writer.promise.settle(.failure(error))
        continue
      }
      queued += 1
      let result = stage.send(writer.message, on: name.id, of: name.peer, &turn)
      if result != .queued { queued -= 1 }
      switch result {
      case .queued: writer.promise.settle(.success(()))
      case .full:
        writers.insert(writer, at: 0)
        return writer.promise.unclaim()
      case .dropped(let refusal): writer.promise.settle(.failure(.refused(refusal)))
      }
    }
  }

  /// Nothing more will happen on it.
  func end(_ error: PeerError?) {
    guard !isOver else { return }
    isOver = true
    self.error = error ?? .refused(.noStream)
    let isGood = error == nil
    if isGood { confirmed = max(confirmed, queued) }
    for reader in readers { reader.settle(isEnded || isGood ? .success(nil) : .failure(self.error ?? .closed)) }
    for writer in writers { writer.promise.settle(.failure(self.error ?? .closed)) }
    for flusher in flushers { flusher.promise.settle(isGood ? .success(()) : .failure(self.error ?? .closed)) }
    (readers, writers, flushers) = ([], [], [])
  }

  var waiting: Int { readers.count + writers.count + flushers.count }

  func forgetTheCancelled() {
    readers.removeAll(where: \.isOver)
    writers.removeAll(where: \.promise.isOver)
    flushers.removeAll(where: \.promise.isOver)
  }
}
