import MixHost
import MixNet

/// Any local program behind a Unix socket, in any language: one raw frame a message (big-endian `u32` length, then the
/// body), and for each one frame back, in order; an empty one is no answer.
///
/// ```python
/// while size := read(4): body = read(int.from_bytes(size, "big")); write(len(answer).to_bytes(4, "big") + answer)
/// ```
final class SocketService: Service {
  private let address: Address
  private let limits: ServiceLimits
  private var link: LinkID?
  private var isUp = false
  /// Who waits for the program's answers, in the order of the messages.
  private var callers: [Caller] = []
  private var first = 0
  private var waiting = 0
  private var answer: [UInt8] = []

  init(address: Address, _ limits: ServiceLimits) {
    self.address = address
    self.limits = limits
  }

  func start(_ turn: inout Turn) { link = turn.open(address, limits: FrameLimits(0...limits.messageMax)) }

  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason? {
    guard let link, isUp else { return .linkDown }
    guard waiting + caller.cost <= limits.waitingMax, turn.write(message.span, on: link) else { return .serviceBusy }
    waiting += caller.cost
    callers.append(caller)
    return nil
  }

  func receive(
    _ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ answers: AnswerQueue, _ turn: inout Turn
  ) -> Bool {
    guard link == self.link else { return false }
    if offset == 0 { answer.removeAll(keepingCapacity: true) }
    for i in part.indices { answer.append(part[i]) }
    guard answer.count == size else { return true }
    guard first < callers.count else {
      turn.count(.malformed)
      return true
    }
    let caller = callers[first]
    callers[first] = .nobody
    waiting -= caller.cost
    first += 1
    if first * 2 > callers.count {
      callers.removeFirst(first)
      first = 0
    }
    if size > 0, let reason = answers.add(answer, to: caller, &turn) { turn.count(reason) }
    return true
  }

  /// A program that went away answers nothing any more: who waited is given up.
  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    guard change.link == link else { return }
    isUp = change.isUp
    guard !change.isUp else { return }
    for _ in first..<callers.count { turn.count(.linkDown) }
    callers = []
    (first, waiting) = (0, 0)
    answer = []
  }
}
