import HearsayRuntime
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
  /// What came before it was over and is not received yet, the last first; and what it costs.
  private var rest: [PeerMessage] = []
  private(set) var restCost = 0
  /// Some of that had to be dropped.
  private var isCutShort = false
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
    if isLetGo, !isOver { while stage.take(from: name.id, of: name.peer, &turn) != nil {} }
    while !readers.isEmpty {
      let reader = readers.removeFirst()
      guard reader.claim() else { continue }
      if let message = next(name, stage, &turn) {
        reader.settle(.success(message))
      } else if isEnded || isOver {
        reader.settle(theEnd)
      } else {
        readers.insert(reader, at: 0)
        return reader.unclaim()
      }
    }
  }

  /// Once it is over, another stream may bear its name in the stage.
  private func next(_ name: PeerDesk.Name, _ stage: MessagesStage, _ turn: inout Turn) -> PeerMessage? {
    if !isOver, let message = stage.take(from: name.id, of: name.peer, &turn) { return message }
    return takeRest()
  }

  private func takeRest() -> PeerMessage? {
    guard let message = rest.popLast() else { return nil }
    restCost -= Self.cost(message)
    return message
  }

  private static func cost(_ message: PeerMessage) -> Int { message.bytes.count + PeerSettings.messageCost }

  /// What a reader hears behind the last message: a clean end only if the other side has ended its half, and all of it was
  /// received.
  private var theEnd: Result<PeerMessage?, PeerError> {
    if isCutShort { return .failure(.unreadDropped) }
    return isEnded ? .success(nil) : .failure(error ?? .closed)
  }

  /// Nobody wants what is not received yet.
  func discardRest() { (rest, restCost, isEnded) = ([], 0, false) }

  /// There is no room for what is not received yet. Readers hear of it.
  func dropRest() {
    (rest, restCost, isCutShort) = ([], 0, true)
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

  /// Nothing more will happen on it; `unread` is what came and can still be received.
  func end(_ error: PeerError?, unread: [PeerMessage] = []) {
    guard !isOver else { return }
    isOver = true
    self.error = error ?? .refused(.noStream)
    rest = unread.reversed()
    restCost = unread.reduce(0) { $0 + Self.cost($1) }
    let isGood = error == nil
    if isGood { (isEnded, confirmed) = (true, max(confirmed, queued)) }
    for reader in readers where reader.claim() { reader.settle(takeRest().map { .success($0) } ?? theEnd) }
    for writer in writers { writer.promise.settle(.failure(self.error ?? .closed)) }
    for flusher in flushers { flusher.promise.settle(isGood ? .success(()) : .failure(self.error ?? .closed)) }
    (readers, writers, flushers) = ([], [], [])
  }

  /// Somebody who receives on it would get something, or hear of the other side's end.
  var isWorthAccepting: Bool { isEnded || restCost > 0 }

  var waiting: Int { readers.count + writers.count + flushers.count }

  func forgetTheCancelled() {
    readers.removeAll(where: \.isOver)
    writers.removeAll(where: \.promise.isOver)
    flushers.removeAll(where: \.promise.isOver)
  }
}
