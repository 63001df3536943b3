import MixNet
import Testing

@testable import Gossip
@testable import MixHost

struct LinkLinesTests {
  /// Held against a list: links come and go, and their places are given to others, also before those that had them are forgotten. Whoever is there is
  /// found by both names, and nobody else.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func eachIsFoundByBothNames(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var lines = LinkLines(seed: Seed(seed, 1))
    var there: [(link: LinkID, number: LinkNumber)] = []
    var gone: [(link: LinkID, number: LinkNumber)] = []
    var sharing = 0
    for step in 1...600 as ClosedRange<UInt32> {
      if there.isEmpty || random.below(5) > 1 {
        let link = LinkID(worker: 0, place: Int(random.below(12)), generation: step)
        sharing += there.contains { $0.link.place == link.place } ? 1 : 0
        there.append((link, lines.add(link)))
      } else {
        let one = there.remove(at: Int(random.below(UInt64(there.count))))
        let (removed, again) = (lines.remove(one.number)?.id, lines.remove(one.number)?.id)
        #expect(removed == one.link && again == nil)
        gone.append(one)
      }
      for one in there {
        let (byLink, byNumber) = (lines[one.link]?.number, lines[one.number]?.id)
        #expect(byLink == one.number && byNumber == one.link)
      }
      for one in gone.suffix(20) {
        let isFound = lines[one.link] != nil || lines[one.number] != nil
        #expect(!isFound)
      }
    }
    let isNoneFound = lines[.none] != nil
    #expect(!isNoneFound && sharing > 100)
  }
}
