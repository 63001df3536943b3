import Glibc
import LinuxNet
import MixNet
import Synchronization
import Testing

@Suite struct ThreadTests {
  @Test func aJoinWaitsForTheEnd() throws {
    let count = SharedCount()
    let thread = try Thread("counter") {
      usleep(2_000)
      count.add(1)
    }
    let isCurrent = thread.isCurrent
    thread.join()
    #expect(count.value == 1 && !isCurrent)
  }

  @Test func itHasItsName() throws {
    let name = Mutex("")
    let thread = try Thread("worker-0123456789") {
      let told = try? readFile("/proc/thread-self/comm", limit: 100)
      name.withLock { $0 = String(decoding: told?.bytes ?? [], as: UTF8.self) }
    }
    thread.join()
    #expect(name.withLock { $0 } == "worker-01234567\n")
  }

  @Test func itHasTheStackItWasGiven() throws {
    let isDone = SharedCount()
    let thread = try Thread("deep", stackBytes: 8 << 20) { isDone.add(descend(6 << 20)) }
    thread.join()
    #expect(isDone.value >= 6 << 20)
    let small = try Thread("shallow", stackBytes: 0) { isDone.add(descend(900 << 10)) }
    small.join()
  }

  @Test func whatTheBodyHoldsIsReleased() throws {
    weak var held: SharedCount?
    do {
      let count = SharedCount()
      held = count
      try Thread("holder") { count.add(1) }.join()
    }
    #expect(held == nil)
  }

  @Test func withoutItsHandleItGoesOn() throws {
    let count = SharedCount()
    do { _ = try Thread("loose") { count.add(1) } }
    eventually { count.value == 1 }
    #expect(count.value == 1)
  }
}

/// Goes down until `bytes` of the stack are used, and gives how many were.
private func descend(_ bytes: Int, from top: UInt = 0) -> Int {
  var here: UInt8 = 0
  return withUnsafeMutablePointer(to: &here) { place in
    let address = UInt(bitPattern: place)
    let used = top == 0 ? 0 : Int(top) - Int(address)
    if used >= bytes { return used }
    // What is done with the answer keeps the call from becoming a loop.
    let deeper = descend(bytes, from: top == 0 ? address : top)
    place.pointee &+= 1
    return deeper
  }
}
