import MixNet
import SimNet
import Sphinx

/// Every message that clients have sent, and what came back for it. It is told of each reply and finds fault with it.
final class Ledger {
  /// One message that wants an answer.
  private struct Asked {
    let client: Int
    let message: Int
    let recovery: SURBRecovery
    let wanted: Wanted
    var isAnswered = false
    /// The number under which a mailbox had kept the answer; 0 for one that came at once.
    var number: UInt64 = 0
  }

  /// What an answer must be.
  enum Wanted {
    /// Bytes of this digest.
    case bytes(Bytes32)
    /// Word that a file was stored, or was not.
    case receipt(Receipt)
  }

  /// Messages made, and those of them that want an answer.
  private(set) var messages = 0
  private(set) var asked = 0
  /// Answers that came whole and right.
  private(set) var answered = 0
  /// Packets that clients have written to the last byte, and messages that clients have read.
  var packetsOut = 0
  var framesIn = 0
  /// Messages that could not be sent, because the client was attached nowhere.
  var unsent = 0
  /// Replies that were damaged on their way; only flipped bits may do that.
  private(set) var damaged = 0
  /// Files that a service has said to be stored, and how often it has said that one could not be.
  private(set) var receipts: [Receipt] = []
  private(set) var unstored = 0
  /// Answers that a mailbox handed out again, because it was not told that they had come.
  private(set) var again = 0
  /// What was wrong, in the order in which it was seen.
  private(set) var violations: [Violation] = []
  /// Is told of the first violation at once: a node that traps later takes the rest with it.
  var heard: ((Violation) -> Void)?
  /// By the reply's identifier; asked for membership only.
  private var expected: [Bytes16: Asked] = [:]
  private var open: [Bool] = []
  /// How often services have taken each message, and which message an identifier means.
  private var deliveries: [Int] = []
  private var numbers: [Bytes16: Int] = [:]

  /// Takes a message down; gives its number.
  func send() -> Int {
    messages += 1
    open.append(true)
    deliveries.append(0)
    return messages - 1
  }

  /// What names the message for services.
  func name(_ message: Int, _ identifier: Bytes16) { numbers[identifier] = message }

  /// Services have taken these messages, in this order. Each is to be one that was sent, and each is to come once, if
  /// nobody can have made one come again.
  func deliver(_ identifiers: [Bytes16], mayRepeat: Bool) {
    for identifier in identifiers {
      guard let message = numbers[identifier] else {
        violate("messages", "a service took a message that nobody sent")
        continue
      }
      deliveries[message] += 1
      if deliveries[message] > 1, !mayRepeat {
        violate("messages", "message \(message) was taken \(deliveries[message]) times")
      }
    }
  }

  /// Messages that no service took.
  var undelivered: [Int] { deliveries.indices.filter { deliveries[$0] == 0 } }

  /// The message brings a reply block.
  func ask(_ message: Int, from client: Int, _ recovery: SURBRecovery, _ wanted: Wanted) {
    asked += 1
    expected[recovery.identifier] = Asked(client: client, message: message, recovery: recovery, wanted: wanted)
  }

  /// Whether a client has read the answer with this identifier; nil when nobody asked for such a one.
  func hasRead(_ identifier: Bytes16) -> Bool? { expected[identifier]?.isAnswered }

  /// Whether a message that asked for an answer still has none.
  func isOpen(_ message: Int) -> Bool { open[message] }

  /// A client has read a reply, under its mailbox's `number`, or 0. `find` reads the answer's bytes out of the
  /// payload with the block's secrets; nil when they do not fit. Gives the number of the message that is answered
  /// now.
  func take(
    _ identifier: Bytes16, _ number: UInt64 = 0, by client: Int, mayBeDamaged: Bool,
    _ find: (SURBRecovery) -> [UInt8]?
  ) -> Int? {
    framesIn += 1
    guard let entry = expected[identifier] else {
      return damage(mayBeDamaged, "client \(client) got a reply that nobody asked for")
    }
    if entry.client != client {
      violate("replies", "the reply to message \(entry.message) of client \(entry.client) came to client \(client)")
    }
    // A mailbox that did not hear that a message had come hands it out again, as the same one.
    let isAgain = entry.isAnswered && number > 0 && number == entry.number
    if isAgain { again += 1 }
    if entry.isAnswered, !isAgain { violate("replies", "message \(entry.message) was answered twice") }
    guard let bytes = find(entry.recovery) else {
      return damage(mayBeDamaged, "the reply to message \(entry.message) cannot be opened")
    }
    guard check(bytes, entry) else {
      violate("replies", "the answer to message \(entry.message) has wrong bytes")
      return nil
    }
    if !entry.isAnswered { answered += 1 }
    expected[identifier]?.isAnswered = true
    expected[identifier]?.number = number
    open[entry.message] = false
    return entry.message
  }

  private func check(_ bytes: [UInt8], _ entry: Asked) -> Bool {
    switch entry.wanted {
    case .bytes(let digest): return Fingerprint.of(bytes) == digest
    case .receipt(let receipt):
      let text = String(decoding: bytes, as: UTF8.self)
      let isStored = text == receipt.text
      guard isStored || text.hasPrefix(Receipt.refusal) else { return false }
      if !entry.isAnswered {
        if isStored { receipts.append(receipt) } else { unstored += 1 }
      }
      return true
    }
  }

  private func damage(_ isAllowed: Bool, _ what: String) -> Int? {
    damaged += 1
    if !isAllowed { violate("replies", what) }
    return nil
  }

  /// Takes a fault down; more than a few of them tell nothing new.
  func violate(_ oracle: String, _ what: String) {
    if violations.isEmpty { heard?(Violation(oracle: oracle, what: what)) }
    if violations.count < 20 { violations.append(Violation(oracle: oracle, what: what)) }
  }
}

/// Something that must never be.
struct Violation: Sendable, CustomStringConvertible {
  /// The rule that was broken.
  let oracle: String
  let what: String
  var description: String { "\(oracle): \(what)" }
}
