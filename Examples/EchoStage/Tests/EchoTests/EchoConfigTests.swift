import Echo
import Foundation
import MixHost
import MixHostTesting
import MixNet
import Relay
import Testing

/// The configuration as the program reads it.
@Suite struct EchoConfigTests {
  /// Every mistake in a text, when the relay's stages and this one are linked.
  private func mistakes(_ text: String) -> [String] {
    let file = ConfigFile(text: text)
    let loader = NodeLoader(
      registry: Registry([.relay, .echo]), files: MemoryFiles(), wall: WallTime(ns: 0), base: "",
      directory: { _ in .failure(BuildError("there is no network file")) })
    _ = loader.load(file)
    return file.mistakes.map(\.description)
  }

  @Test func theExamplesFileIsRight() throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let text = try String(contentsOf: package.appending(path: "plugins.toml"), encoding: .utf8)
    #expect(mistakes(text) == [])
  }

  @Test func aMistakeIsShownWithItsPlace() {
    let text = "[chain.echo]\ndecode = [\"plain\"]\nforward = [\"echo\"]\n[echo]\nsize_mx = 1\nsize_max = 0\n"
    #expect(
      mistakes(text) == [
        "plugins.toml:5:1: stage 'echo' has no key 'size_mx'; did you mean 'size_max'? (it takes enabled, size_max)",
        "plugins.toml:6:12: 'size_max' must be an integer in 1...1048576; found 0",
      ])
  }
}
