package import MixHost
package import MixNet

/// What an application is told about its peers.
package enum PeersEvent: Equatable, Sendable {
  /// A link that was dialled (``MessagesStage/connect(to:peer:_:)``) has found out who is there; frames may not flow yet.
  case reached(dial: UInt64, Bytes32)
  /// A link that was dialled leads nowhere that can be talked with.
  case failed(dial: UInt64, CloseReason)
  /// Both sides agree on who speaks: messages flow.
  case connected(Bytes32)
  /// No link is left; what is said waits.
  case disconnected(Bytes32)
  /// Something has happened in the conversation.
  case stream(Bytes32, ConversationEvent)
  /// The conversation is over, with what nobody has confirmed or taken of each stream. After a restart the next one has begun.
  case lost(Bytes32, PeerLoss, [LostStream])
}

/// A stream of a conversation that is over.
package struct LostStream: Equatable, Sendable {
  package let id: StreamID
  package let unconfirmed: Unconfirmed
  /// What came and was not taken, in the order in which it would have been: nobody else has it now. When the other side's end
  /// was told before (`ended`), this is all.
  package var unread: [PeerMessage] = []
  /// The other side had given the stream up before: it was only kept to be read from.
  package var isGivenUp = false
}

/// Why a conversation is over.
package enum PeerLoss: Equatable, Sendable {
  /// The other side has begun anew.
  case restarted
  /// It was away for too long.
  case forgotten
  /// Another needed its place.
  case displaced
  /// This side has ended it.
  case closed
}

/// What uses a ``MessagesStage``: it lives on the stage's thread and is called there alone. It may call the stage at any time.
package protocol MessagesApplication: AnyObject {
  /// Something has happened.
  func happened(_ event: PeersEvent, _ stage: MessagesStage, _ turn: inout Turn)
  /// The time has come that was asked for with ``MessagesStage/wakeApplication(at:_:)``, or an earlier one.
  func woke(_ stage: MessagesStage, _ turn: inout Turn)
}
