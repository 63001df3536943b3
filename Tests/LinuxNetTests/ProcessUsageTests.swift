import Glibc
import LinuxNet
import MixNet
import Testing

@Suite struct ProcessUsageTests {
  @Test func memoryThatIsTouchedIsSeen() throws {
    let before = try #require(ProcessUsage.residentBytes())
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 20, alignment: 4_096)
    defer { room.deallocate() }
    for at in stride(from: 0, to: room.count, by: 4_096) { room[at] = 1 }
    let after = try #require(ProcessUsage.residentBytes(pid: getpid()))
    // Other tests give back a little meanwhile.
    #expect(before > 1 << 20 && after - before > 128 << 20)
  }

  @Test func workTakesProcessorTime() throws {
    let before = try #require(ProcessUsage.cpuTime())
    let deadline = SystemClock().now + .s(5)
    while let now = ProcessUsage.cpuTime(pid: getpid()), now < before + .ms(2), SystemClock().now < deadline {}
    #expect(try #require(ProcessUsage.cpuTime()) >= before + .ms(2))
  }

  @Test func nobodyUsesNothing() {
    for pid in [-1, 0, 0xff_fffe, .max] as [Int32] {
      #expect(ProcessUsage.residentBytes(pid: pid) == nil)
      #expect(ProcessUsage.cpuTime(pid: pid) == nil)
    }
  }
}
