import MixNet
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    "127.0.0.1:9001", "0.0.0.0:0", "[::1]:9001", "[::]:1", "[2001:db8::8a2e:0:7334]:65535", "[1:2:3:4:5:6:7:8]:1",
    "[1:0:0:2::3]:7", "unix:run/app.sock",
  ])
  func readsWhatItWrites(_ text: String) { #expect(Address(text)?.description == text) }

  @Test(arguments: [
    "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.256:1", "1.2.3:1", "01.2.3.4:1",
    "localhost:1", "::1:9001", "[::1]", "[1::2::3]:1", "[12345::]:1", "[1:2:3:4:5:6:7]:1", "[1:2:3:4:5:6:7:8:9]:1",
    "[::g]:1", "unix:", "1.2.3.+4:1", "unix:" + String(repeating: "x", count: 108),
  ])
  func refuses(_ text: String) { #expect(Address(text) == nil) }

  @Test func wordsAreTheBytesInNetworkOrder() {
    #expect(Address("1.2.3.4:5") == .ipv4(InlineBytes4(word: 0x0102_0304), port: 5))
    let six = InlineBytes16(high: 0x2001_0db8_0000_0000, low: 0x0000_0000_0000_0102)
    #expect(Address("[2001:db8::102]:5") == .ipv6(six, port: 5))
    #expect(six.array == [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 10) + [1, 2])
  }

  @Test func zeroesAreFolded() {
    #expect(Address("[0:0:0:0:0:0:0:1]:5")?.description == "[::1]:5")
    #expect(Address("[1:0:0:2:0:0:0:3]:5")?.description == "[1:0:0:2::3]:5")
    #expect(Address("[1:0:2:3:4:5:6:7]:5")?.description == "[1:0:2:3:4:5:6:7]:5")
  }
}
