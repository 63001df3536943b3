package import MixNet

/// What a ``GossipCore`` wants done, and what it tells.
package enum GossipEffect: Sendable {
  /// Connect there, and say how it went under this number. `peer`: the only one that may be there, if that is known.
  case dial(Address, peer: Bytes32?, number: UInt64)
  /// The link is not wanted any more; what was sent before still goes out.
  case close(LinkNumber)
  /// There is something to send on this link: see ``GossipCore/nextFrame(on:now:)``.
  case pending(LinkNumber)
  /// The same datagram to each of these.
  case datagram([UInt8], to: [Address])
  /// A message for the application.
  case deliver(GossipMessage)
  /// Keep this number for the next start.
  case incarnation(UInt64)
  case member(MemberEvent, NodeRecord)
  /// The node at the other end of a link has shown who it is: whether it may stay is for its score.
  case met(Bytes32)
  /// A neighbour brought a message first: that is good.
  case served(Bytes32)
  case offence(GossipOffence, of: Bytes32)
  /// A neighbour takes messages too slowly: it hears announcements only from now on, or no longer (false).
  case slow(Bytes32, Bool)
  /// Another member of the cluster goes by this node's name, and is reached there; said once. One of the two needs another name: who reads the
  /// messages of both takes those of the one that started first for old ones.
  case namesake(Address)
}

/// What has become of a node.
package enum MemberEvent: String, Sendable { case joined, alive, suspect, dead, left, neighbour, stranger }

/// What a neighbour did that no honest node does.
package enum GossipOffence: String, CaseIterable, Sendable {
  /// It passed on a message with a wrong proof, hash or form, or one that the application rejects.
  case invalid
  /// It sent something that does not belong there, or too much.
  case misbehaved
  /// It claimed to be somebody else, or sent what was made to do harm when it is opened.
  case forged
}

/// A message as an application gets it.
package struct GossipMessage: Sendable {
  /// See ``GossipHeader/topic(_:)``.
  package let topic: UInt64
  package let payload: [UInt8]
  /// Who published it; zero bytes where messages name no origin.
  package let origin: Bytes32
  package let epoch: UInt64
  /// Its number, or that of its first part.
  package let sequence: UInt64
  package let priority: GossipHeader.Priority
  /// By its origin's clock.
  package let createdMS: UInt64
  /// Links that it has passed; 0 for this node's own.
  package let hop: UInt8
  package let isPart: Bool

  init(_ header: GossipHeader, _ payload: [UInt8], hop: UInt8) {
    (topic, origin, epoch, sequence) = (header.topic, header.origin, header.epoch, header.sequence)
    (priority, createdMS, isPart) = (header.priority, header.createdMS, header.form == .part)
    (self.payload, self.hop) = (payload, hop)
  }

  /// The whole that its last part makes.
  init(whole payload: [UInt8], of part: GossipMessage, first: UInt64) {
    (topic, origin, epoch, sequence) = (part.topic, part.origin, part.epoch, first)
    (priority, createdMS, isPart) = (part.priority, part.createdMS, false)
    (self.payload, hop) = (payload, part.hop)
  }
}

/// What the application thinks of a message, before anybody else gets it from here.
package enum MessageVerdict: Sendable {
  case accept
  /// It is not wanted here, and not passed on; nobody is to blame.
  case ignore
  /// Nobody honest passes it on.
  case reject
}

/// What became of something that is to be published.
package enum PublishOutcome: Hashable, Sendable {
  /// It is on its way.
  case accepted
  /// It waits until neighbours have room.
  case queued
  case refused(PublishRefusal)
}

package enum PublishRefusal: String, Error, CaseIterable, Sendable {
  /// It has no bytes, or more than any message may.
  case wrongSize = "wrong_size"
  /// Too much waits already.
  case full
  /// Where messages are told by their content: it was said before.
  case duplicate
  /// The node is leaving, or has not begun.
  case stopped
}

/// Why a frame goes no further.
package enum FrameRefusal: String, Error, CaseIterable, Sendable {
  /// It is no frame, or not one that belongs there.
  case malformed
  /// It came over a link whose other end has not shown that it is a member.
  case stranger
  case rateLimited = "rate_limited"
  case duplicate
  case expired
  case early
  case lifeTooLong = "life_too_long"
  case stale
  case badProof = "bad_proof"
  case badPayload = "bad_payload"
  case ignored
  case rejected

  init(_ refusal: MessageRefusal) {
    switch refusal {
    case .expired: self = .expired
    case .early: self = .early
    case .lifeTooLong: self = .lifeTooLong
    case .stale: self = .stale
    }
  }
}
