package import HearsayRuntime
import MixHost
package import MixNet
package import SimNet
import Synchronization

/// Where a test's servers and clients live: this machine, or a simulated world. The tests are the same for both.
package protocol TestWorld: AnyObject, Sendable {
  /// The world of one more machine, and an address that one may listen on there.
  func machine(_ name: String) -> (runtime: NodeRuntime, address: Address)
  /// Lets time pass.
  func sleep(_ time: Duration) async
}

/// A test that runs in both worlds.
package struct Body: Sendable {
  package let testDescription: String
  package let run: @Sendable (any TestWorld) async throws -> Void
  package init(_ name: String, _ run: @escaping @Sendable (any TestWorld) async throws -> Void) {
    (testDescription, self.run) = (name, run)
  }
}

package struct Failed: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// This machine.
package final class RealWorld: TestWorld {
  private let runtime: NodeRuntime
  package init(_ runtime: NodeRuntime = .system) { self.runtime = runtime }
  package func machine(_ name: String) -> (runtime: NodeRuntime, address: Address) { (runtime, .loopback(port: 0)) }
  package func sleep(_ time: Duration) async { try? await Task.sleep(for: time) }
}

/// A simulated world. Tasks run on its thread, between its steps: so a test on the virtual clock is the same each time.
package final class VirtualWorld: TestWorld, TaskExecutor, @unchecked Sendable {
  package let world: SimWorld
  private let jobs = Mutex<[UnownedJob]>([])
  private var sleepers: [(until: Instant, waiter: CheckedContinuation<Void, Never>)] = []
  package private(set) var hosts: [SimHost] = []

  private init(_ seed: UInt64) { world = SimWorld(seed: SimSeed(seed)) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  package func machine(_ name: String) -> (runtime: NodeRuntime, address: Address) {
    let host = hosts.first { $0.name == name } ?? world.host(named: name)
    if !hosts.contains(where: { $0 === host }) { hosts.append(host) }
    struct Passed: @unchecked Sendable { let host: SimHost }
    let passed = Passed(host: host)
    let runtime = NodeRuntime(
      entropy: host.environment().entropy, wall: { passed.host.clock.wall },
      run: { node, began, ended in
        do {
          try passed.host.boot { environments in
            let worker = try node.makeWorker(0, environment: environments[0])
            began(nil)
            return [Ending(worker, ended)]
          }
        } catch {
          began("\(error)")
          ended()
        }
      })
    return (runtime, host.address(port: 9_000))
  }

  package func sleep(_ time: Duration) async {
    let until = world.now + time.nanos
    await withCheckedContinuation { sleepers.append((until, $0)) }
  }

  /// Runs a test on this thread until it is done.
  package static func run(_ seed: UInt64, _ body: @escaping @Sendable (VirtualWorld) async throws -> Void) throws {
    let virtual = VirtualWorld(seed)
    let result = Mutex<Result<Void, any Error>?>(nil)
    Task(executorPreference: virtual) {
      do {
        try await body(virtual)
        result.withLock { $0 = .success(()) }
      } catch { result.withLock { $0 = .failure(error) } }
    }
    let end = virtual.world.now + .s(3_600)
    while true {
      if let result = result.withLock({ $0 }) { return try result.get() }
      guard virtual.world.now < end else { throw Failed("an hour has passed") }
      if virtual.runJob() || virtual.wakeSleeper() { continue }
      guard virtual.world.step() else { throw Failed("nothing happens any more") }
    }
  }

  private func runJob() -> Bool {
    guard let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
    unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    return true
  }

  private func wakeSleeper() -> Bool {
    guard let first = sleepers.min(by: { $0.until < $1.until }), first.until <= world.next ?? .never else {
      return false
    }
    world.run(until: first.until)
    guard let i = sleepers.firstIndex(where: { $0.until <= world.now }) else { return true }
    sleepers.remove(at: i).waiter.resume()
    return true
  }
}

/// Tells when a worker has ended, however it did.
private final class Ending: SimReactor {
  private let worker: Worker
  private let ended: @Sendable () -> Void

  init(_ worker: Worker, _ ended: @escaping @Sendable () -> Void) { (self.worker, self.ended) = (worker, ended) }
  deinit { ended() }
  func turn() -> Instant? { worker.turn() }
}
