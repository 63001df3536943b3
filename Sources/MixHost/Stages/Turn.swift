public import MixNet

/// What one call sees of the world and may ask of it. It is lent for the call and cannot be kept; what is asked for is
/// written in place and carried out after the call, so no stage is ever called from within another.
public struct Turn: ~Copyable {
  private let effects: Effects

  package init(_ effects: Effects) { self.effects = effects }

  /// The monotonic time at which this turn began.
  public var now: Instant { effects.now }
  /// The wall clock, read once a turn and kept from going backwards; for epochs, never for timers.
  public var wall: WallTime { effects.wall }
  /// True when the node stops and what waits in the chain's tail leaves at once, whatever its time: a mix stage holds nothing any
  /// more.
  public var isDraining: Bool { effects.isDraining }
  /// The largest data frame that the chain's links carry, in bytes.
  public var frameMax: Int { effects.shared.plan.limits.dataMax }

  /// Asks for a call of ``Stage/woke(_:)`` at `time` or up to a millisecond after it. A stage has one such time: the
  /// earliest that it asked for since it was last woken.
  public mutating func wake(at time: Instant) { effects.wake(at: time) }

  /// A frame of `length` bytes on a link of the chain, to be written here and now; nil when the chain's frames are not of
  /// that size or there is no room for it. It is sent in order with everything else on that link.
  @_lifetime(&self)
  public mutating func frame(on link: LinkID, length: Int) -> MutableSpan<UInt8>? {
    guard let slot = effects.frame(on: link, length: length) else { return nil }
    let bytes = effects.memory(slot)
    return unsafe _overrideLifetime(MutableSpan(_unsafeElements: bytes), mutating: &self)
  }

  /// A datagram of at most ``/MixNet/datagramMax`` bytes from the chain's datagram socket, to be written here and now; nil
  /// when the chain has no such socket or there is no room.
  @_lifetime(&self)
  public mutating func datagram(to address: Address, length: Int) -> MutableSpan<UInt8>? {
    guard let slot = effects.datagram(to: .one(address), length: length) else { return nil }
    let bytes = effects.memory(slot)
    return unsafe _overrideLifetime(MutableSpan(_unsafeElements: bytes), mutating: &self)
  }

  /// The same datagram to each of these addresses, written once.
  @_lifetime(&self)
  public mutating func datagram(to addresses: [Address], length: Int) -> MutableSpan<UInt8>? {
    guard let slot = effects.datagram(to: .all(addresses), length: length) else { return nil }
    let bytes = effects.memory(slot)
    return unsafe _overrideLifetime(MutableSpan(_unsafeElements: bytes), mutating: &self)
  }

  /// A packet that came to the stage otherwise than over a link of the chain (a datagram, say), of `length` bytes, to be written here and
  /// now. It goes through the whole chain, from admission on, and its link is ``LinkID/none``. Nil when there is no room, and on a worker that
  /// has no head of the chain; those that are told of datagrams have one.
  @_lifetime(&self)
  public mutating func enter(length: Int) -> MutableSpan<UInt8>? {
    guard let slot = effects.enter(length: length) else { return nil }
    let bytes = effects.memory(slot)
    return unsafe _overrideLifetime(MutableSpan(_unsafeElements: bytes), mutating: &self)
  }

  /// A packet of the stage's own, of `length` bytes, to be written here and now. It enters the tail at `phase` (`delay`,
  /// `mix` or `forward`; nil for any other, for verify and finish are for what comes from outside). Nil as well when
  /// there is no room.
  @_lifetime(&self)
  public mutating func inject(
    at phase: Phase, length: Int, route: Route, id: Bytes32 = Bytes32(), priority: UInt8 = 0
  ) -> MutableSpan<UInt8>? {
    guard let slot = effects.inject(at: phase, length: length, route: route, id: id, priority: priority) else {
      return nil
    }
    let bytes = effects.memory(slot)
    return unsafe _overrideLifetime(MutableSpan(_unsafeElements: bytes), mutating: &self)
  }

  /// Opens a link of the chain to `address`. It exists from now on, queues what is sent on it, and connects again after a
  /// pause whenever it is down, until it is closed. Nil when the node has no place for another link.
  ///
  /// With `peer` the link comes up only with the node of this 32-byte address, and is tried at once when that node is heard of. With `once`
  /// it is not opened again: when it cannot be opened, or has gone down, that was all (``LinkChange/isOver``).
  public mutating func open(_ address: Address, peer: Bytes32? = nil, once: Bool = false) -> LinkID? {
    effects.openLink(Effects.Opening(address: address, limits: nil, peer: peer, isOnce: once, stage: effects.stage))
  }

  /// Says `bytes` (nil: nothing) under the stage's type to every peer that a link comes up with from now on, where they come
  /// to the same stage in ``LinkChange/fields``. False when the stages of the chain say more than ``/MixNet/Hello/fieldMax``
  /// bytes in all. Links that are up are not told.
  @discardableResult
  public mutating func tellPeers(_ bytes: [UInt8]?) -> Bool { effects.tellPeers(bytes) }

  /// Opens a link for this stage alone, to a program of this machine, say: raw frames of up to `limits`, whose parts come
  /// to ``Stage/received(_:at:of:on:_:)``. It connects again like the others.
  public mutating func open(_ address: Address, limits: FrameLimits) -> LinkID? {
    effects.openLink(
      Effects.Opening(address: address, limits: limits, peer: nil, isOnce: false, stage: effects.stage))
  }

  /// Queues a raw frame on a link that the stage opened for itself; false when the link's buffer, twice the largest frame,
  /// is full or the frame is too large. The bytes are copied.
  public mutating func write(_ frame: Span<UInt8>, on link: LinkID) -> Bool { effects.writeLink(frame, link) }

  /// Closes a link after what is queued on it has been sent; the reason is told to the stages.
  public mutating func close(_ link: LinkID, reason: CloseReason = .local) {
    effects.closing.append(.init(link: link, reason: reason))
  }

  /// Asks for a call of ``Stage/drained(_:_:)`` once nothing is queued on a link of this worker any more, what this call
  /// queues included. So a stage can keep its frames to itself until they can leave, and decide late which goes next. A link
  /// that goes down before takes the wish with it.
  public mutating func notify(whenDrained link: LinkID) { effects.watchLink(link) }

  /// Why a link of this worker was last down; nil while it never was, and for one that is gone.
  public func lastFailure(of link: LinkID) -> CloseReason? { effects.lastFailure(link) }

  /// The node at the other end of a link of this worker. Nil for a client, for a link that is gone, and where nobody has said who is there.
  public func peer(of link: LinkID) -> LinkPeer? { effects.linkPeer(link) }

  /// Runs a job on the node's storage; `done` is called in a later turn of this worker. False when too many jobs wait.
  public mutating func store(_ job: StorageJob, done: @escaping (StorageResult, inout Turn) -> Void) -> Bool {
    effects.runJob(job, effects.stage, done)
  }

  /// Publishes a message through another chain of the node (``StageBuilder/chain(_:)``), whose stage is a ``Publisher``, on its own
  /// worker. `done` is called in a later turn of this worker: with nil when it was taken, or with why not, `.noRoute` when the chain
  /// has no such stage.
  public mutating func publish(
    _ payload: [UInt8], topic: String, through chain: ChainRef, done: @escaping (DropReason?, inout Turn) -> Void
  ) {
    effects.publish(payload, topic, chain, effects.stage, done)
  }

  /// Holds the batch back that a verify stage has at hand: what is left of it after all stages of the head waits there, and
  /// nobody behind them sees it, until ``letGo(_:)`` or ``drop(_:_:)``. So a stage can have something on the disk before a
  /// packet leaves. Batches that are held back leave in the order in which they came.
  ///
  /// Nil in any other call than ``VerifyStage/verify(_:_:_:_:)``. Whoever holds a batch back sees to it that it does not wait
  /// for ever, and that not too many do: they take their slots with them.
  public mutating func holdBack() -> BatchHold? { effects.gate.hold() }

  /// Lets go of a batch that this stage has held back; it leaves once all that hold it back have let go.
  public mutating func letGo(_ hold: BatchHold) { effects.gate.letGo(hold) }

  /// Drops what is left of a batch that this stage has held back, counted under the stage and this reason.
  public mutating func drop(_ hold: BatchHold, _ reason: DropReason) {
    effects.gate.refuse(hold, reason, stage: effects.stage)
  }

  /// Counts a drop that has no packet in the batch: a piece of a packet that the stage gave up.
  public mutating func count(_ reason: DropReason) { effects.counters.addAside(stage: effects.stage, reason) }
}
