import MixNet

/// What goes over a link between members: the first byte says what the rest is.
package enum LinkFrame {
  package enum Kind: UInt8, Sendable {
    /// `nonce 32 | id 32`: who is here, and what the other side is to prove itself with. The first that each side says.
    case hello = 1
    /// The proof of who said hello; see ``LinkGreeting``.
    case proof = 2
    /// `flags 1 |` a ``MessageFrame``.
    case message = 3
    /// A ``TreeMessage``.
    case tree = 4
    /// A ``ViewMessage``.
    case view = 5
    /// A ``SwimMessage``, where there are no datagrams.
    case swim = 6
    /// Nothing more: over this link come messages for all nodes, straight from their origins.
    case mesh = 7
    /// A ``HealthMessage``.
    case health = 8
    /// Nothing more: datagrams of the other side come here, so its messages may come as some: `3 | flags 1 |` a ``MessageFrame``.
    case datagrams = 9
    /// Nothing more: one of those has not come, so they are to come over the link.
    case lost = 10
  }

  /// How a message came to be sent.
  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// A comparison found that it was missing.
    package static let repair = Flags(rawValue: 1)
    /// Its origin sends it to all nodes itself.
    package static let direct = Flags(rawValue: 2)
    static let all: Flags = [.repair, .direct]
  }

  /// Bytes before a message's frame.
  package static let messageHead = 2

  static func bytes(_ message: TreeMessage) -> [UInt8] { [Kind.tree.rawValue] + message.bytes }

  static func bytes(_ message: ViewMessage) -> [UInt8] {
    var bytes = [Kind.view.rawValue]
    message.encode(into: &bytes)
    return bytes
  }

  static func bytes(_ message: SwimMessage) -> [UInt8] {
    var bytes = [Kind.swim.rawValue]
    message.encode(into: &bytes)
    return bytes
  }

  static func bytes(_ message: HealthMessage) -> [UInt8] {
    var bytes = [Kind.health.rawValue]
    message.encode(into: &bytes)
    return bytes
  }
}

/// How the two ends of a link show each other that they are members. Each says a number that nobody has said before, and its name; then
/// each proves both numbers, both names, and whether it opened the link, so that no proof is good on another link, or for the other side.
///
/// Somebody between the two who passes on all that they say is not found: links are not encrypted. So nothing that comes on a link is ever
/// held to be forged by who seems to be there.
struct LinkGreeting: Sendable {
  /// Who is there, once it is proved.
  private(set) var peer: Bytes32?
  /// This node opened the link.
  private let isDialled: Bool
  /// The key that the other side's proof was made under, where nodes share keys.
  private(set) var keyID: UInt32?
  let nonce: Bytes32
  /// What the other side said.
  private(set) var theirs: (nonce: Bytes32, id: Bytes32)?

  init(nonce: Bytes32, isDialled: Bool) { (self.nonce, self.isDialled) = (nonce, isDialled) }

  func hello(_ id: Bytes32) -> [UInt8] {
    var bytes = [LinkFrame.Kind.hello.rawValue]
    bytes.append(nonce)
    bytes.append(id)
    return bytes
  }

  /// The other side says hello: the proof that it gets; nil when it has said so before, or claims to be this node.
  mutating func heard(_ body: Span<UInt8>, _ own: Membership) -> [UInt8]? {
    guard body.count == 64, theirs == nil else { return nil }
    let (other, id) = (Bytes32(body), Bytes32(body, at: 32))
    guard id != own.id, !id.isZero, other != nonce else { return nil }
    theirs = (other, id)
    return [LinkFrame.Kind.proof.rawValue]
      + own.proof(of: word(other, nonce, from: own.id, to: id, isDialler: isDialled).span)
  }

  /// The other side's proof; false when it does not hold, or comes too early or twice.
  mutating func proved(_ proof: Span<UInt8>, _ own: Membership) -> Bool {
    guard let theirs, peer == nil else { return false }
    let word = word(nonce, theirs.nonce, from: theirs.id, to: own.id, isDialler: !isDialled)
    guard own.holds(proof, of: word.span, by: theirs.id) else { return false }
    peer = theirs.id
    keyID = own.ring == nil ? nil : proof.bigEndian(at: 0)
    return true
  }

  private func word(_ asked: Bytes32, _ own: Bytes32, from: Bytes32, to: Bytes32, isDialler: Bool) -> [UInt8] {
    var bytes = Array((isDialler ? "hearsay link to" : "hearsay link from").utf8)
    for part in [asked, own, from, to] { bytes.append(part) }
    return bytes
  }
}
