import Glibc
import LinuxNet
import MixNet
import Testing

/// Signals, each test in a process of its own that has one thread, as a program has when it starts.
@Suite struct SignalsTests {
  @Test func theyAreTakenOneByOne() async {
    await #expect(processExitsWith: .success) {
      try inFreshProcess {
        let signals = try Signals()
        guard signals.take() == nil else { return 1 }
        let clock = SystemClock()
        let deadline = clock.now + .ms(3)
        guard signals.next(until: deadline) == nil, clock.now >= deadline else { return 2 }
        for (number, signal) in [(SIGTERM, ProcessSignal.terminate), (SIGINT, .interrupt), (SIGHUP, .hangup)] {
          kill(getpid(), number)
          guard signals.next(until: nil) == signal, signals.next(until: .zero) == nil else { return 3 }
        }
        raise(SIGPIPE)
        return 0
      }
    }
  }

  /// The loop of a first thread: sockets and signals by one wait, while other threads are at work.
  @Test func anEpollNetworkWakesForThem() async {
    await #expect(processExitsWith: .success) {
      try inFreshProcess {
        let signals = try Signals()
        let network = try EpollNetwork()
        try network.watch(signals)
        let busy = try Thread("busy") { usleep(20_000) }
        let killer = try Thread("killer") {
          usleep(1_000)
          kill(getpid(), SIGHUP)
        }
        var events: [NetworkEvent] = []
        events.reserveCapacity(4)
        let clock = SystemClock()
        let deadline = clock.now + .s(5)
        var taken: ProcessSignal?
        while taken == nil, clock.now < deadline {
          network.wait(until: deadline, into: &events)
          taken = signals.take()
        }
        killer.join()
        busy.join()
        guard taken == .hangup, events.isEmpty, clock.now < deadline else { return 1 }
        let ends = try Ends(network)
        withSlice { _ = network.write(ends.near, from: $0) }
        kill(getpid(), SIGTERM)
        while events.isEmpty, clock.now < deadline { network.wait(until: deadline, into: &events) }
        guard events.map(\.source) == [.connection(ends.far)], signals.take() == .terminate else { return 2 }
        return 0
      }
    }
  }

  /// That the process is fresh: what these tests send would end it.
  @Test func withoutThemTheProcessEnds() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      try inFreshProcess {
        kill(getpid(), SIGTERM)
        return 0
      }
    }
  }
}

/// Runs `body` in a child with one thread and no signal blocked, and ends as the child ends.
///
/// The process of an exit test has threads of its own that would take the signals. Swift hides `fork`, because a child
/// has none of the other threads; this child needs none of them.
private func inFreshProcess(_ body: () throws -> Int32) throws -> Never {
  let symbol = try #require(dlsym(nil, "fork"))
  let fork = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
  let child = fork()
  if child == 0 {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    // A child that hangs is ended by the system.
    alarm(10)
    _exit((try? body()) ?? 99)
  }
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  if status & 0x7f != 0 {
    signal(status & 0x7f, SIG_DFL)
    var one = sigset_t()
    sigemptyset(&one)
    sigaddset(&one, status & 0x7f)
    pthread_sigmask(SIG_UNBLOCK, &one, nil)
    raise(status & 0x7f)
  }
  exit(status >> 8 & 0xff)
}
