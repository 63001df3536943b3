import CSys
import Glibc
import MixNet
import Testing

@testable import LinuxNet

/// How addresses, errors and waits look to the system.
@Suite struct SystemFormTests {
  @Test(arguments: [
    "127.0.0.1:9001", "255.1.2.3:0", "[::1]:65535", "[2001:db8:1:2:3:4:5:6]:1", "unix:a", "unix:/run/hearsay/x.sock",
  ])
  func addressesGoThere(_ text: String) throws {
    let address = try #require(Address(text))
    #expect(SocketAddress(address)?.address == address)
  }

  @Test func theLongestPathGoesThere() {
    let path = String(repeating: "p", count: Address.unixPathMax)
    #expect(SocketAddress(.unix(path))?.address == .unix(path))
  }

  @Test(
    arguments: [
      (ECONNREFUSED, .refused), (ENOENT, .refused), (EPROTOTYPE, .refused), (ENETUNREACH, .unreachable),
      (EHOSTUNREACH, .unreachable), (EACCES, .unreachable), (EPERM, .unreachable), (ETIMEDOUT, .timeout),
      (EMFILE, .exhausted), (ENFILE, .exhausted), (ENOBUFS, .exhausted), (ENOMEM, .exhausted),
      (EADDRNOTAVAIL, .exhausted), (EAGAIN, .exhausted), (ECONNRESET, .reset), (EPIPE, .reset), (ECONNABORTED, .reset),
      (ENOTCONN, .reset), (EIO, .reset),
    ] as [(Int32, CloseReason)])
  func errorsBecomeReasons(_ code: Int32, _ reason: CloseReason) { #expect(CloseReason(errno: code) == reason) }

  @Test func errorsHaveTheSystemsWords() {
    #expect(systemText(EMFILE) == "Too many open files")
    #expect(systemText(99_999) == "Unknown error 99999")
    #expect(
      "\(SystemError(action: "start a thread", code: EAGAIN))"
        == "cannot start a thread: Resource temporarily unavailable")
  }

  /// Waits of every kind last at least as long as they are told, also where the kernel counts in milliseconds only.
  @Test func waitsAreRoundedUp() throws {
    let epoll = try opened(Descriptor(sys_epoll_create()))
    let clock = SystemClock()
    var event = sys_event()
    for ns in [1, 999_999, 1_000_001] as [Int64] {
      let start = clock.now
      #expect(sys_epoll_wait_ms(epoll.raw, &event, 1, ns) == 0)
      #expect(clock.now - start >= Nanos(UInt64(ns)))
      let next = clock.now
      #expect(sys_epoll_wait(epoll.raw, &event, 1, ns) == 0)
      #expect(clock.now - next >= Nanos(UInt64(ns)))
    }
    #expect(sys_epoll_wait_ms(epoll.raw, &event, 1, 0) == 0)
  }

  @Test func spansOfTime() {
    #expect(SystemClock.span(until: nil) == -1)
    #expect(SystemClock.span(until: .never) == -1)
    #expect(SystemClock.span(until: .zero) == 0)
    let second = SystemClock.span(until: SystemClock.now + .s(1))
    #expect(second > 0 && second <= 1_000_000_000)
  }

  @Test func theWallClockIsInThisCentury() {
    let seconds = SystemClock().wall.seconds
    #expect(seconds > 1_700_000_000 && seconds < 4_000_000_000)
  }
}
