import Testing

@testable import Gossip

@Suite struct PublishRoomTests {
  /// A letter a link: `f` fast with room, `F` fast and full, `s` slow with room, `S` slow and full.
  private func room(_ links: String) -> PublishRoom {
    var room = PublishRoom()
    for link in links { room.add(isSlow: link.lowercased() == "s", hasRoom: link.isLowercase) }
    return room
  }

  @Test(arguments: [
    ("", true), ("f", true), ("F", false), ("ffF", false),
    // A few that are slow hold up nobody, full or not.
    ("ffS", true), ("fS", true), ("FS", false),
    // Most are slow: half of all must have room, or all of it goes to nobody.
    ("S", false), ("fSS", false), ("fssS", true), ("SSSSSSS", false), ("sssSSSS", false), ("ssssSSS", true),
  ])
  func itWaitsForThoseThatHearIt(_ links: String, _ mayPublish: Bool) {
    #expect(room(links).mayPublish == mayPublish)
  }

  @Test func mostIsMoreThanHalf() {
    #expect(!room("").mostAreSlow && !room("fS").mostAreSlow && room("s").mostAreSlow && room("fss").mostAreSlow)
  }
}
