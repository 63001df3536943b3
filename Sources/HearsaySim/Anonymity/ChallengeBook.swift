import MixNet
import SimNet

/// The set-up in which the Loopix paper tells two senders apart. Each user sends twice a second, at the strikes of a Poisson clock:
/// payload if there is some in the user's buffer, cover if not. Into the buffer comes one message a second, from `start` on. The
/// observer is told which packets are payload, and whose.
///
/// The clocks of all users are those of the senders together: one whose sender is drawn at each strike is as many of their own.
/// Source: Piotrowska and others, "The Loopix anonymity system" (2017), section 4.3.
final class ChallengeBook {
  /// Messages that a user sends in a second, payload and cover.
  static let perSecond = 2
  /// Into each buffer comes a message so often.
  static let unit = Nanos.s(1)

  private let start: Instant
  private var random: RandomStream
  /// Payload that each user has sent.
  private var sent: [UInt64]

  /// The users of these settings, who begin to talk at `start`.
  init(_ settings: AnonymitySettings, from start: Instant) {
    self.start = start
    random = SimSeed(settings.seed).stream(.workload(Workload.challenge))
    sent = [UInt64](repeating: 0, count: settings.users)
  }

  /// One of the users sends; gives that user's number if what is sent is payload.
  func draw(_ now: Instant) -> Int? {
    let user = Int(random.below(UInt64(sent.count)))
    guard now >= start, sent[user] <= (now - start).ns / Self.unit.ns else { return nil }
    sent[user] += 1
    return user
  }
}
