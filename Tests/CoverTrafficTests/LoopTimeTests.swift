import Glibc
import MixHost
import MixNet
import Testing

@testable import CoverTraffic

struct LoopTimeTests {
  /// The table is what the tail of the Erlang law says.
  @Test(arguments: 1...5) func oneOfAThousandIsLonger(delays: Int) {
    let x = Double(LoopTime.longest[delays]) / 1_000
    var (term, sum) = (1.0, 0.0)
    for i in 0..<delays {
      sum += term
      term *= x / Double(i + 1)
    }
    #expect(abs(exp(-x) * sum - 0.001) < 1e-6)
  }

  private func mistakes(_ text: String, layers: Int) -> [String] {
    var table = ConfigFile(text: "[cover_traffic]\n" + text).table("cover_traffic", as: .stage)
    return CoverConfig(from: &table).mistakes(layers: layers)
  }

  /// Loops that are given up while they are on their way are a mistake, where there are any.
  @Test func loopsNeedTime() {
    #expect(mistakes("", layers: 3).isEmpty)
    let late = "mean_delay_ms = 1000\nloop_timeout_ms = 10000"
    #expect(
      mistakes(late, layers: 3) == [
        "'loop_timeout_ms' must be at least 11229, or more than one of a thousand loops through 3 layers with "
          + "'mean_delay_ms' = 1000 is given up that nobody dropped; found 10000"
      ])
    #expect(mistakes("mean_delay_ms = 1000\nloop_timeout_ms = 11229", layers: 3).isEmpty)
    #expect(mistakes(late + "\nloop_interval_ms = 0", layers: 3).isEmpty)
    #expect(mistakes(late, layers: 1).isEmpty)
    // With the largest delay there is a time that is allowed.
    #expect(mistakes("mean_delay_ms = 60000\nloop_timeout_ms = 3600000", layers: 5).isEmpty)
  }

  /// Links with ticks make loops later, must have ticks that are no loops, and need routes that packets can take.
  @Test func ticksNeedTimeToo() {
    let time = "mean_delay_ms = 100\nlink_interval_ms = 500\nloop_interval_ms = 1000\nloop_timeout_ms ="
    #expect(mistakes("\(time) 2623", layers: 3).isEmpty)
    #expect(mistakes("\(time) 2622", layers: 3).count == 1)
    #expect(
      mistakes("link_interval_ms = 501", layers: 3) == [
        "'loop_interval_ms' must be at least twice 'link_interval_ms', 501, or loops leave no room on a link; found 1000"
      ])
    #expect(
      mistakes("link_interval_ms = 20", layers: 6) == [
        "'link_interval_ms' is for networks of at most 5 layers, which is what packets pass; this one has 6"
      ])
  }
}
