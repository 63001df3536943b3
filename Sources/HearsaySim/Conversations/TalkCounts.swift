import MixNet
import OrderedJSON

/// What became of the conversations of a run, in numbers.
struct TalkCounts: Sendable {
  let pairs: Int
  /// Streams, each with two directions.
  let streams: Int
  /// Reliable messages that were accepted, those that their senders were told of as confirmed and as unconfirmed, and those that
  /// the other side's application has taken.
  let (sent, confirmed, unconfirmed, delivered): (Int, Int, Int, Int)
  /// The other classes: accepted, taken.
  let (lossy, lossyDelivered, control, controlDelivered): (Int, Int, Int, Int)
  let (restarts, forgotten, damaged): (Int, Int, Int)

  init(_ talks: Talks) {
    func sum(_ count: (TalkHalf) -> Int) -> Int { talks.halves.reduce(0) { $0 + count($1) } }
    pairs = talks.plan.pairs.count
    streams = sum { $0.stream.isOwn ? 1 : 0 }
    (sent, confirmed, unconfirmed, delivered) = (
      sum(\.sent), sum(\.confirmed), sum(\.unconfirmed), sum(\.taken)
    )
    func taken(_ flags: [Bool]) -> Int { flags.count { $0 } }
    (lossy, lossyDelivered) = (sum(\.lossy.count), sum { taken($0.lossy) })
    (control, controlDelivered) = (sum(\.control.count), sum { taken($0.control) })
    (restarts, forgotten, damaged) = (talks.restarts, talks.forgotten, talks.damaged)
  }

  var json: JSON {
    .object([
      ("pairs", .int(pairs)), ("streams", .int(streams)), ("sent", .int(sent)), ("confirmed", .int(confirmed)),
      ("unconfirmed", .int(unconfirmed)), ("delivered", .int(delivered)), ("lossy", .int(lossy)),
      ("lossy_lost", .int(lossy - lossyDelivered)), ("control", .int(control)),
      ("control_lost", .int(control - controlDelivered)), ("restarts", .int(restarts)), ("forgotten", .int(forgotten)),
      ("damaged_pairs", .int(damaged)),
    ])
  }

  var text: String {
    "\(pairs) pairs, \(streams) streams; \(sent) messages sent, \(confirmed) confirmed, \(unconfirmed) told as "
      + "unconfirmed, \(delivered) delivered; \(lossy - lossyDelivered) of \(lossy) lossy lost; \(restarts) restarts"
  }
}
