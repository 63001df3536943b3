import Gossip
import MixNet
import Testing

@testable import HearsayCommand

/// The door's frames, and what is none.
@Suite struct DoorFrameTests {
  @Test func requestsAreReadAsTheyWereWritten() throws {
    let key = Bytes32((0..<32).map { UInt8($0) })
    let all: [DoorRequest] = [
      .publish(topic: "news", priority: .bulk, payload: [1, 2, 3]),
      .publish(topic: "ñ", priority: .critical, payload: []),
      .subscribe(topic: "news", history: true), .subscribe(topic: "a", history: false), .unsubscribe(topic: "news"),
      .members, .keys, .install(key: key), .use(key: 0x0102_0304), .remove(key: .max),
    ]
    for request in all { #expect(try DoorRequest(request.bytes) == request) }
    #expect(DoorRequest.publish(topic: "ab", priority: .normal, payload: [9]).bytes == [1, 1, 0, 2, 97, 98, 9])
    #expect(DoorRequest.use(key: 0x0102_0304).bytes == [7, 1, 2, 3, 4])
  }

  @Test func answersAreReadAsTheyWereWritten() throws {
    let message = try #require(
      DoorMessage([132, 1, 3, 0, 2, 97, 98] + [UInt8](repeating: 7, count: 56) + [1, 2, 3]))
    #expect(message.topic == "ab" && message.payload == [1, 2, 3] && message.hop == 3)
    var all: [DoorAnswer] = [
      .failed("no"), .done, .published(.accepted), .published(.queued), .json([91, 93]), .message(message), .lost(77),
    ]
    all += PublishRefusal.allCases.map { .published(.refused($0)) }
    for answer in all { #expect(DoorAnswer(answer.bytes) == answer) }
    for wrong: [UInt8] in [[], [1], [129, 0], [130], [130, 3], [130, 0, 0], [130, 2, 65], [133, 0], [132, 1]] {
      #expect(DoorAnswer(wrong) == nil, "\(wrong)")
    }
  }

  @Test func whatIsNoRequestIsToldSo() {
    let tooLong = [UInt8](repeating: 97, count: DoorRequest.topicMax + 1)
    let wrong: [([UInt8], String)] = [
      ([], "its kind"), ([0], "kind 0"), ([9], "kind 9"), ([255, 1], "kind 255"), ([1], "priority"),
      ([1, 3, 0, 1, 97], "priority"),
      ([1, 1, 0, 2, 97], "within the topic"), ([1, 1, 0, 0], "a topic is"), ([2], "history"), ([2, 2, 97], "history"),
      ([2, 0], "a topic is"), ([3], "a topic is"), ([3, 0xff], "a topic is"), ([3] + tooLong, "a topic is"),
      ([4, 0], "stands alone"),
      ([5, 1, 2], "stands alone"), ([6, 1], "32 bytes"), ([7, 1, 2, 3], "4 bytes"), ([8], "4 bytes"),
    ]
    for (frame, words) in wrong {
      do {
        Issue.record("\(frame.prefix(8)) was read as \(try DoorRequest(frame))")
      } catch {
        #expect(error.sentence.contains(words), "\(frame.prefix(8)): \(error)")
      }
    }
  }

  /// No bytes make it trap.
  @Test func randomBytesAreReadOrNot() {
    var random = RandomStream(seed: Seed(1, 2, 3, 4))
    var read = 0
    for _ in 0..<20_000 {
      var frame = (0..<random.below(90)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if !frame.isEmpty, random.below(2) == 0 { frame[0] = UInt8(random.below(10)) + (random.below(2) == 0 ? 0 : 128) }
      if (try? DoorRequest(frame)) != nil || DoorAnswer(frame) != nil { read += 1 }
    }
    #expect(read > 500)
  }

  @Test func keysIDs() {
    #expect(KeyID.text(0xab) == "000000ab" && KeyID.read("000000ab") == 0xab)
    #expect(KeyID.read("ab") == nil && KeyID.read("0000000x") == nil)
  }
}
