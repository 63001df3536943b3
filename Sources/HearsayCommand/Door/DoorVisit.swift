import MixNet

/// One program's requests in their order: what has come, what is at the stage, and when it is tried again. Without input or output.
///
/// All that has come goes to the stage at once. A message for which the node has no room stays, and all behind it: it is tried again a little
/// later, meanwhile the program is not read, and so it waits.
struct DoorVisit {
  /// What a frame asks for; a wrong one is answered in its turn.
  enum Entry: Equatable, Sendable {
    case request(DoorRequest)
    case mistake(String)
  }

  /// More is not read.
  private static let requestsMax = 64
  private static let bytesMax = 4 << 20
  private static let pauseMin = Nanos.ms(5)
  private static let pauseMax = Nanos.ms(80)

  private var waiting: [Entry] = []
  private var bytes = 0
  /// The stage has requests and has not answered.
  private(set) var isUnderWay = false
  private var pause = pauseMin
  /// When what waits may go to the stage.
  private var due = Instant.zero

  /// Whether more may be read.
  var mayRead: Bool { waiting.count < Self.requestsMax && bytes < Self.bytesMax && (waiting.isEmpty || due == .zero) }

  /// Everything that has come is answered.
  var isIdle: Bool { waiting.isEmpty && !isUnderWay }

  /// When ``take(_:)`` gives something that it does not give now; never while the stage has not answered.
  var next: Instant { isUnderWay || waiting.isEmpty ? .never : due }

  mutating func received(_ frame: [UInt8]) {
    do throws(DoorRequest.Mistake) {
      let request = try DoorRequest(frame)
      bytes += request.size
      waiting.append(.request(request))
    } catch {
      waiting.append(.mistake(error.sentence))
    }
  }

  /// What goes to the stage now, if anything does: a list of members, which is long, is the last of it.
  mutating func take(_ now: Instant) -> [Entry]? {
    guard next <= now else { return nil }
    let count = waiting.firstIndex(of: .request(.members)).map { $0 + 1 } ?? waiting.count
    isUnderWay = true
    defer { waiting.removeFirst(count) }
    return Array(waiting[..<count])
  }

  /// The stage has answered; `rest` is what it had no room for, from the first such message on.
  mutating func answered(rest: [Entry], hasProgress: Bool, _ now: Instant) {
    isUnderWay = false
    waiting = rest + waiting
    bytes = waiting.reduce(0) { if case .request(let request) = $1 { $0 + request.size } else { $0 } }
    pause = hasProgress ? Self.pauseMin : min(pause + pause, Self.pauseMax)
    due = rest.isEmpty ? .zero : now + pause
  }
}
