import MixNet

/// A frame that is to go on a link.
package struct OutgoingFrame: Sendable {
  /// Its bytes.
  package let size: Int
  let body: Body

  enum Body: Sendable {
    case control([UInt8])
    case message(Bytes16, hop: UInt8, LinkFrame.Flags)
  }

  /// True for one that carries a message.
  package var isMessage: Bool { if case .message = body { true } else { false } }
}
