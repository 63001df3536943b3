import LinuxNet
import MixNet
import Synchronization

@testable import MixHost

/// A value that threads share.
final class Box<Value: Sendable>: Sendable {
  private let content: Mutex<Value?>
  init(_ value: Value? = nil) { content = Mutex(value) }
  var value: Value? { content.withLock { $0 } }
  func set(_ value: Value) { content.withLock { $0 = value } }
}

/// The files of this machine.
struct RealFiles: FileSource {
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    let content = try readFile(path, limit: limit)
    return (content.bytes, content.mode)
  }
}

/// Threads that are joined together; a noncopyable one has no place in an array.
final class Threads {
  private final class Place {
    var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
  }
  private var places: [Place] = []

  func add(_ name: String = "test", _ body: @escaping @Sendable () -> Void) throws {
    places.append(Place(try Thread(name, body: body)))
  }

  func join() {
    for place in places { place.thread.take()?.join() }
    places = []
  }

  deinit { join() }
}

/// How a test node's workers began and ended.
final class Ends: Sendable {
  /// A worker whose thread has ended: nobody else has it any more.
  private struct Retired: @unchecked Sendable {
    let worker: Worker
  }
  private struct State {
    var begun = 0
    var failure: String?
    var shared: NodeShared?
    var retired: [Retired] = []
    var collector: StatusCollector?
    var last: NodeStatus?
  }
  private let state = Mutex(State())

  var begun: Int { state.withLock { $0.begun } }
  var failure: String? { state.withLock { $0.failure } }
  var shared: NodeShared? { state.withLock { $0.shared } }
  /// The status after the last worker's end.
  var last: NodeStatus? { state.withLock { $0.last } }

  func begin(_ shared: NodeShared) {
    state.withLock { state in
      state.begun += 1
      state.shared = shared
    }
  }
  func fail(_ sentence: String) { state.withLock { $0.failure = $0.failure ?? sentence } }

  func end(_ worker: Worker) {
    let (shared, report, number) = (worker.shared, worker.report(), worker.number)
    nonisolated(unsafe) let worker = worker
    let collector = state.withLock { state in
      state.retired.append(Retired(worker: worker))
      let collector = state.collector ?? StatusCollector(shared: shared) { [self] status in keep(status) }
      state.collector = collector
      return collector
    }
    collector.add(report, from: number)
  }

  private func keep(_ status: NodeStatus) { state.withLock { $0.last = status } }

  /// What `body` says of each worker that has ended.
  func ofRetired<Value>(_ body: (Worker) -> Value) -> [Value] {
    state.withLock { $0.retired }.map { body($0.worker) }
  }
}

extension Worker {
  /// Slots of this worker's that are neither free nor on their way home.
  var slotsOut: Int {
    sides.reduce(0) { sum, side in
      let all = side.effects.slab.classes.reduce(0) { $0 + $1.counts[number] }
      let returning = side.shared.returns.reduce(0) { $0 + $1[number].count }
      return sum + all - side.effects.free.count - returning
    }
  }
}
