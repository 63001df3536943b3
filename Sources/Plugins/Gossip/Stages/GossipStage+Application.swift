package import MixHost
package import MixNet

extension GossipStage: Publisher {
  /// What another chain's last hop brings, say, is published in this node's name: nil, or why not.
  package func take(_ payload: [UInt8], for topic: String, _ turn: inout Turn) -> DropReason? {
    switch publish(payload, topic: topic, &turn) {
    case .accepted, .queued: nil
    case .refused(.wrongSize): .wrongSize
    case .refused(.full): .serviceBusy
    case .refused(.duplicate): .replayed
    case .refused(.stopped): .stopped
    }
  }
}

/// What an application asks for, on the stage's thread.
extension GossipStage {
  /// Publishes a payload; see ``GossipCore/publish(_:topic:priority:now:wall:_:)``.
  package func publish(
    _ payload: [UInt8], topic: String, priority: GossipHeader.Priority = .normal, _ turn: inout Turn
  ) -> PublishOutcome {
    let wall = turn.wall
    let number = GossipHeader.topic(topic)
    return hub.act(&turn, .publish(payload, topic: number, priority, wall)) {
      $0.publish(payload, topic: number, priority: priority, now: $1, wall: wall, &$2)
    }
  }

  /// Calls `body` once so many bytes can be published without a wait: now, or as soon as enough of what waits has gone, in the order of the
  /// calls.
  package func whenThereIsRoom(
    toPublish bytes: Int, _ turn: inout Turn, _ body: @escaping (GossipStage, inout Turn) -> Void
  ) {
    waiters.append((bytes, body))
    serveWaiters(&turn)
  }

  func serveWaiters(_ turn: inout Turn) {
    while let first = waiters.first, hub.core.hasRoom(toPublish: first.bytes) {
      waiters.removeFirst().body(self, &turn)
    }
  }

  /// Gives a reader the messages of a topic from now on, and, with history, those that the node still keeps before them. The number ends it.
  package func subscribe(_ topic: String, _ reader: any GossipReader, withHistory: Bool = false) -> UInt64 {
    hub.subscribe(topic, reader, withHistory: withHistory)
  }

  package func unsubscribe(_ number: UInt64) { hub.unsubscribe(number) }

  /// Tells what becomes of other nodes, on the stage's thread.
  package func watch(_ body: ((MemberEvent, NodeRecord) -> Void)?) { hub.watcher = body }

  /// Tells, once and on the stage's thread, where another node is that has this one's name.
  package func watchNamesake(_ body: @escaping (Address) -> Void) { hub.watchNamesake(body) }

  /// True while there is a link to every node, so that messages go straight to all.
  package var hasMesh: Bool { hub.core.hasMesh }
  package var counts: GossipCounts { hub.core.counts }

  /// What the application thinks of each message before it is passed on. It must not ask the stage for anything meanwhile.
  package func validate(_ body: ((GossipMessage) -> MessageVerdict)?) { hub.core.validate = body }

  /// The nodes that are known, this one first.
  package var members: [GossipMember] { hub.core.memberList }

  /// The cluster's keys by their ids, the one in use first; empty where nodes sign.
  package var keys: [UInt32] { hub.core.membership.ring?.ids ?? [] }
  /// Takes a further key; false where nodes sign, or when there is no room.
  package func install(key: Bytes32) -> Bool { hub.install(key: key) }
  package func use(key: UInt32) -> Bool { hub.use(key: key) }
  /// Takes nothing more under a key, and closes the links that were opened with it.
  package func remove(key: UInt32, _ turn: inout Turn) -> Bool { hub.remove(key: key, &turn) }
}
