package import MixNet

/// What a message says of itself, and what its origin vouches for: 108 bytes, the same on all of its way.
///
/// Big-endian: `version 1 | kind of proof 1 | form 1 | priority 1 | topic 8 | origin 32 | epoch 8 | sequence 8 | created_ms 8 | ttl_ms 4 | size 4 |
/// content 32`. All fields have one size, so no two messages have the same bytes. Topics, contents and ids are hashes for a ``Blake2b/Purpose``.
package struct GossipHeader: Hashable, Sendable {
  package static let size = 108
  private static let version: UInt8 = 1

  /// How a message's origin is shown.
  package enum ProofKind: UInt8, Sendable {
    /// By its Ed25519 signature: the origin is its public key.
    case signature = 0
    /// By a keyed hash under a key of the cluster: any member could have made it.
    case clusterKey = 1
  }

  /// What goes first where not everything can.
  package enum Priority: UInt8, CaseIterable, Sendable {
    case critical = 0
    case normal = 1
    case bulk = 2
  }

  /// What a message's payload is.
  package enum Form: UInt8, Sendable {
    /// All of what was published.
    case whole = 0
    /// A ``Chunk`` of it.
    case part = 1
  }

  package var proof: ProofKind
  package var form: Form
  package var priority: Priority
  /// The first eight bytes of ``topic(_:)``.
  package var topic: UInt64
  /// Whose message it is; zero bytes in a cluster whose messages name no origin.
  package var origin: Bytes32
  /// A life of the origin's process; later ones have larger numbers.
  package var epoch: UInt64
  /// Counts the origin's messages from 1 in each epoch; where there is no origin, a random number.
  package var sequence: UInt64
  /// The origin's wall clock, in milliseconds since 1970.
  package var createdMS: UInt64
  /// How long it may be passed on after that, in milliseconds.
  package var lifeMS: UInt32
  /// The payload's size in bytes, before compression.
  package var payloadSize: UInt32
  /// The payload's hash, before compression: ``content(of:)``.
  package var content: Bytes32

  package init(
    proof: ProofKind, form: Form = .whole, priority: Priority = .normal, topic: UInt64, origin: Bytes32, epoch: UInt64,
    sequence: UInt64,
    createdMS: UInt64, lifeMS: UInt32, payloadSize: UInt32, content: Bytes32
  ) {
    (self.proof, self.form, self.priority, self.topic, self.origin) = (proof, form, priority, topic, origin)
    (self.epoch, self.sequence, self.createdMS, self.lifeMS) = (epoch, sequence, createdMS, lifeMS)
    (self.payloadSize, self.content) = (payloadSize, content)
  }

  // MARK: Names

  private static let contentPurpose = Blake2b.Purpose("content")
  private static let topicPurpose = Blake2b.Purpose("topic")
  private static let idPurpose = Blake2b.Purpose("message id")
  private static let contentIDPurpose = Blake2b.Purpose("content id")

  /// BLAKE2b-256 of a payload before compression: levels and dictionaries do not change it.
  package static func content(of payload: Span<UInt8>) -> Bytes32 { Blake2b.hash(payload, contentPurpose) }

  /// The number of a topic with this name.
  package static func topic(_ name: String) -> UInt64 { Blake2b.hash(Array(name.utf8).span, topicPurpose).prefix }

  /// The first eight bytes of the origin, by which trees and windows know it.
  package var originKey: UInt64 { origin.prefix }

  /// The same of a header whose bytes begin at `place`; nil where they are too few.
  static func originKey(in bytes: Span<UInt8>, at place: Int) -> UInt64? {
    bytes.count >= place + size ? bytes.bigEndianWord(at: place + 12) : nil
  }

  /// What copies of a message have in common. `byContent`: what messages with the same payload in one topic have in common, whoever sent
  /// them and how often.
  package func id(byContent: Bool = false) -> Bytes16 {
    var fields = InlineArray<88, UInt8>(repeating: 0)
    var span = fields.mutableSpan
    span.put(bigEndian: topic, at: 0)
    content.write(to: &span, at: 8)
    if !byContent {
      origin.write(to: &span, at: 40)
      span.put(bigEndian: epoch, at: 72)
      span.put(bigEndian: sequence, at: 80)
    }
    let hash = Blake2b.hash(fields.span, byContent ? Self.contentIDPurpose : Self.idPurpose)
    return Bytes16(words: [hash.words[0], hash.words[1]])
  }

  // MARK: Bytes

  package func write(to out: inout MutableSpan<UInt8>, at place: Int = 0) {
    out.put(bigEndian: Self.version, at: place)
    out.put(bigEndian: proof.rawValue, at: place + 1)
    out.put(bigEndian: form.rawValue, at: place + 2)
    out.put(bigEndian: priority.rawValue, at: place + 3)
    out.put(bigEndian: topic, at: place + 4)
    origin.write(to: &out, at: place + 12)
    out.put(bigEndian: epoch, at: place + 44)
    out.put(bigEndian: sequence, at: place + 52)
    out.put(bigEndian: createdMS, at: place + 60)
    out.put(bigEndian: lifeMS, at: place + 68)
    out.put(bigEndian: payloadSize, at: place + 72)
    content.write(to: &out, at: place + 76)
  }

  /// Reads a header; nil when the bytes are too few, or say what no header says.
  package init?(_ bytes: Span<UInt8>, at place: Int = 0) {
    guard bytes.count - place >= Self.size, bytes[place] == Self.version,
      let proof = ProofKind(rawValue: bytes[place + 1]), let form = Form(rawValue: bytes[place + 2]),
      let priority = Priority(rawValue: bytes[place + 3])
    else { return nil }
    self.init(
      proof: proof, form: form, priority: priority, topic: bytes.bigEndianWord(at: place + 4),
      origin: Bytes32(bytes, at: place + 12), epoch: bytes.bigEndianWord(at: place + 44),
      sequence: bytes.bigEndianWord(at: place + 52), createdMS: bytes.bigEndianWord(at: place + 60),
      lifeMS: bytes.bigEndian(at: place + 68), payloadSize: bytes.bigEndian(at: place + 72),
      content: Bytes32(bytes, at: place + 76))
  }
}
