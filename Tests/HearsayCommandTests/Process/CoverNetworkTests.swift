import OrderedJSON
import Testing

@testable import HearsayCommand

/// `cover_traffic` in real processes.
@Suite struct CoverNetworkTests {
  /// Every message is answered, every packet accounted for, and every loop comes home.
  @Test func theDemoHasCover() throws {
    let demo = try Program(
      ["demo", "--messages", "200", "--features", "sphinx,vrf_delay,cover_traffic", "--json"], in: try Folder())
    #expect(demo.exitCode() == 0, "\(demo.errors)")
    let answer = try #require(demo.answer)
    #expect(answer["verified"]?.int == 200)
    #expect(answer["lost"]?.int == 0)
    #expect(answer["dropped"]?.int == 0)
    let cover = try #require(answer["cover"])
    #expect((cover["loops_back"]?.int ?? 0) > 0)
    #expect(cover["loops_lost"]?.int == 0)
    #expect(cover["alarms"]?.int == 0)
    #expect((cover["drops_sent"]?.int ?? 0) > 0)
  }

  @Test func theFeatureNeedsSphinx() throws {
    let demo = try Program(["demo", "--features", "cover_traffic"], in: try Folder())
    #expect(demo.exitCode() == 2)
    #expect(demo.errors.contains("the feature 'cover_traffic' needs 'sphinx'"))
  }
}
