package import MixHost
package import MixNet

/// What an application asks for, on the stage's thread.
extension MessagesStage {
  private func with<Result>(
    _ identity: Bytes32, else nothing: Result, _ turn: inout Turn, _ body: (inout Conversation, Instant) -> Result
  ) -> Result {
    guard let place = registry.place(of: identity) else { return nothing }
    let now = turn.now
    let result = registry.withConversation(place) { body(&$0, now) }
    touch(identity)
    settle(&turn)
    return result
  }

  /// This node's address of 32 bytes.
  package var identity: Bytes32 { registry.own }
  /// The peers that are known.
  package var peers: [Bytes32] { registry.peers.map(\.identity) }
  /// True when messages to a peer flow now.
  package func isConnected(_ identity: Bytes32) -> Bool {
    registry.place(of: identity).map { registry.peers[$0].conversation.isConnected } ?? false
  }
  /// Links to a peer that are up.
  package func links(to identity: Bytes32) -> Int {
    registry.place(of: identity).map { registry.peers[$0].links.count(where: \.isUp) } ?? 0
  }
  /// Messages and ends of streams that peers have not confirmed.
  package func unconfirmed(of identity: Bytes32) -> Int {
    registry.place(of: identity).map { registry.peers[$0].conversation.unconfirmed } ?? 0
  }

  /// The streams that are open with a peer.
  package func streams(of identity: Bytes32) -> [StreamID] {
    registry.place(of: identity).map { registry.peers[$0].conversation.streams } ?? []
  }

  /// Opens a stream; nil when the peer is unknown or has as many as may be.
  package func open(to identity: Bytes32, _ turn: inout Turn) -> StreamID? {
    with(identity, else: nil, &turn) { $0.open(now: $1) }
  }

  /// Queues a message.
  package func send(
    _ message: [UInt8], _ sendClass: SendClass = .reliable, on id: StreamID, of identity: Bytes32, _ turn: inout Turn
  ) -> SendResult {
    with(identity, else: .dropped(.closed), &turn) { $0.send(message, sendClass, on: id, now: $1) }
  }

  /// The next message that came on a stream.
  package func take(from id: StreamID, of identity: Bytes32, _ turn: inout Turn) -> PeerMessage? {
    with(identity, else: nil, &turn) { conversation, _ in conversation.take(from: id) }
  }

  /// Ends this side's half of a stream.
  package func finish(_ id: StreamID, of identity: Bytes32, _ turn: inout Turn) {
    with(identity, else: (), &turn) { $0.finish(id, now: $1) }
  }

  /// Gives a stream up.
  package func reset(_ id: StreamID, of identity: Bytes32, _ turn: inout Turn) -> Unconfirmed {
    with(identity, else: Unconfirmed(), &turn) { conversation, _ in conversation.reset(id) }
  }

  /// Ends everything with a peer, at once.
  package func disconnect(_ identity: Bytes32, _ turn: inout Turn) {
    forget(identity, .closed, &turn)
    settle(&turn)
  }
}
