public import MixNet

/// What all stages share. A stage is a final class that one worker builds on its own thread and alone uses: it is not
/// `Sendable`, takes no lock, and is called for a batch at a time. Nothing in it may wait, read a clock or draw system
/// randomness: time and effects come with the ``Turn``, its random stream from the ``StageBuilder``.
///
/// All calls have defaults that do nothing; a stage writes those it needs.
public protocol Stage: AnyObject {
  /// Called once, after all stages of the chain are built and before the first packet.
  func started(_ turn: inout Turn)
  /// The time that the stage asked for with ``Turn/wake(at:)`` has come.
  func woke(_ turn: inout Turn)
  /// A link of the chain has come up or gone down. Told to the stages on the worker that owns the chain's tail.
  func linkChanged(_ change: LinkChange, _ turn: inout Turn)
  /// Nothing is queued any more on a link for which a stage of the chain asked to be told
  /// (``Turn/notify(whenDrained:)``). Told to the stages on the worker that has the link.
  func drained(_ link: LinkID, _ turn: inout Turn)
  /// A part of a raw frame came on a link that this stage opened for itself (``Turn/open(_:limits:)``): the bytes from
  /// `offset` on of a frame of `size` bytes. The parts of a frame come in order and without gaps.
  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn)
  /// A datagram came to the chain. Told to the stages on the worker that owns the chain's tail.
  func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn)
  /// Final payloads came for an address that this stage has claimed (``StageBuilder/claim(_:)``).
  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn)
  /// The operator has changed the network's nodes (a reload). Told on every worker.
  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn)
  /// The node stops, and no packet of the chain is left: what the stage keeps over a restart it stores now
  /// (``Turn/store(_:done:)``). Told once, on the tail's worker; the stop waits for the jobs, for as long as it may take.
  func finished(_ turn: inout Turn)
  /// What an operator wants to know of the stage; asked now and then, on the tail's worker.
  func status() -> [StatusField]
}

extension Stage {
  /// Does nothing.
  public func started(_ turn: inout Turn) {}
  /// Does nothing.
  public func woke(_ turn: inout Turn) {}
  /// Does nothing.
  public func linkChanged(_ change: LinkChange, _ turn: inout Turn) {}
  /// Does nothing.
  public func drained(_ link: LinkID, _ turn: inout Turn) {}
  /// Does nothing.
  public func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {}
  /// Does nothing.
  public func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn) {}
  /// Does nothing.
  public func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {}
  /// Does nothing.
  public func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) {}
  /// Does nothing.
  public func finished(_ turn: inout Turn) {}
  /// Nothing.
  public func status() -> [StatusField] { [] }
}

/// What happened to a link.
public struct LinkChange: Sendable {
  /// Which link.
  public let link: LinkID
  /// Up: frames flow. Down: nothing more comes on it, unless it was opened with reconnection.
  public let isUp: Bool
  /// Who is at the other end, when it said so: a node's or client's address; zero otherwise.
  public let peer: Bytes32
  /// True when this node opened the link.
  public let isDialled: Bool
  /// True when a client is at the other end.
  public let isClient: Bool
  /// Why it went down; nil when it came up.
  public let reason: CloseReason?
  /// True when it will not come up again: what is sent on it is dropped. Who still needs the peer opens another link.
  public let isOver: Bool
  /// What the stages at the other end of a link between nodes said in the handshake; the claim of whoever is there.
  public let fields: HelloFields

  init(
    link: LinkID, isUp: Bool, peer: Bytes32, isDialled: Bool, isClient: Bool, reason: CloseReason?,
    isOver: Bool = false, fields: HelloFields = HelloFields()
  ) {
    self.link = link
    self.isUp = isUp
    self.peer = peer
    self.isDialled = isDialled
    self.isClient = isClient
    self.reason = reason
    self.isOver = isOver
    self.fields = fields
  }
}

/// A node at the other end of a link.
public struct LinkPeer: Equatable, Sendable {
  /// Its 32-byte address.
  public let address: Bytes32
  /// True when this node opened the link to that very node (``Turn/open(_:peer:)``): somebody else is there only if the network
  /// itself cannot be trusted. False when whoever is there has said so, which proves nothing.
  public let isExpected: Bool
}

/// Refuses packets by link, size and arrival alone, before any of them is decoded, so that a flood costs no cryptography.
/// It is written under `verify` in the configuration. Called on every worker, for each batch.
///
/// ```swift
/// func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {
///   for i in arrivals.indices where !bucket.take(1, turn.now) { verdicts.drop(i, .rateLimited) }
/// }
/// ```
public protocol AdmissionStage: Stage {
  /// Looks at what has arrived and drops what may not go on. Budget: tens of nanoseconds a packet.
  func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn)
}

/// Turns bytes into packets. Called on every worker, twice for each batch: ``decode(_:_:_:_:)`` does what is needed to
/// refuse (the header) and fills the columns, ``finish(_:_:_:_:)`` does the rest for the packets that verify let through.
/// Places change between the two calls; what must survive goes into the scratch (``PacketBatch/withScratch(_:)``).
///
/// ```swift
/// func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
///   for i in batch.indices {
///     if batch.bytes(i).count < 32 { verdicts.drop(i, .wrongSize) } else { columns.setID(i, Bytes32(batch.bytes(i))) }
///   }
/// }
/// ```
public protocol DecodeStage: Stage {
  /// Reads the headers, fills the columns that the descriptor says it provides, drops what is no packet.
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn)
  /// Does the expensive rest for the survivors; may still drop. Does nothing by default.
  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn)
}

extension DecodeStage {
  /// Does nothing.
  public func finish(
    _ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {}
}

/// Looks at decoded packets and drops. Called on every worker, for each batch. What all workers must know together (the
/// packets seen) lives in the descriptor's shared state.
public protocol VerifyStage: Stage {
  /// Drops what may not go on; can change neither bytes nor columns.
  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn)
}

/// Says how long packets wait. Called on the tail's worker. It can only add to the deadlines, so several delay stages add
/// up; the host does the waiting.
public protocol DelayStage: Stage {
  /// Adds to the deadlines.
  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn)
}

/// Holds packets and lets them go, in an order of its own, perhaps with packets of its own among them. Called on the
/// tail's worker. What it does not take goes on at once.
///
/// It owns what it takes and gives every packet back exactly once. ``release(into:_:)`` is called after every `hold` and
/// when the stage has asked to be woken; ``drain(into:_:)`` again and again at the stop, until nothing comes.
public protocol MixStage: Stage {
  /// Takes those packets that are to wait; may drop packets that it leaves.
  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn)
  /// Appends the packets whose time has come, at most ``MixBatch/room`` of them; the call comes again while it fills the
  /// room.
  func release(into batch: inout MixBatch, _ turn: inout Turn)
  /// Appends packets whether their time has come or not: the node stops.
  func drain(into batch: inout MixBatch, _ turn: inout Turn)
}

/// Says where packets leave: to a link, a service, a client or another chain, by filling outlets. Called on the tail's
/// worker. A packet with neither outlet nor verdict goes to the chain's next forward stage; after the last one it is
/// dropped as `no_route`.
public protocol ForwardStage: Stage {
  /// Fills outlets; the host owns the packets, copies nothing for a fan-out, and frees each after its last send.
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn)
}

/// Looks on. Called on every worker after each call of a stage, while the packets that this stage dropped are still in the
/// batch, and for what happens to packets that had left the chain. So it sees every verdict once, and a packet that goes
/// on as often as a phase has stages.
public protocol ObserveStage: Stage {
  /// Looks at a batch after a phase.
  func observe(
    _ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn)
  /// A packet that was queued for a link could not be sent. Does nothing by default.
  func observe(failedSendOn link: LinkID, _ reason: DropReason, _ turn: inout Turn)
}

extension ObserveStage {
  /// Does nothing.
  public func observe(failedSendOn link: LinkID, _ reason: DropReason, _ turn: inout Turn) {}
}

/// A stage that a worker has built, by what it can be called for. The host switches over it without a default, so a new
/// role is an error in every place that must know it.
public enum BuiltStage {
  /// An admission stage.
  case admission(any AdmissionStage)
  /// A decode stage.
  case decode(any DecodeStage)
  /// A verify stage.
  case verify(any VerifyStage)
  /// A delay stage.
  case delay(any DelayStage)
  /// A mix stage.
  case mix(any MixStage)
  /// A forward stage.
  case forward(any ForwardStage)
  /// An observe stage.
  case observe(any ObserveStage)

  /// The stage, whatever it is for.
  package var stage: any Stage {
    switch self {
    case .admission(let stage): stage
    case .decode(let stage): stage
    case .verify(let stage): stage
    case .delay(let stage): stage
    case .mix(let stage): stage
    case .forward(let stage): stage
    case .observe(let stage): stage
    }
  }
}
