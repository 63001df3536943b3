import MixNet

/// Listens to all that goes between a chain's stages and their core, in its order, so that a test can play what a whole node has met to another
/// core and hold the two against each other. A node has none, and then nothing is made for one.
protocol GossipTape: AnyObject {
  func note(_ entry: TapeEntry)
}

/// One thing that goes between the stages and the core.
enum TapeEntry: Sendable {
  /// The core is called.
  case call(CoreCall, at: Instant)
  /// The first of what it wants, and was not carried out yet, is carried out.
  case effect(GossipEffect)
  /// The first of a link's frames that the core gave, and that did not go yet, goes, with these bytes.
  case frame([UInt8], on: LinkNumber)
  /// That frame does not go: its message is not kept any more, or it is too large for the chain's links.
  case withheld(on: LinkNumber)
}

/// A call of the core, with all that it is told.
enum CoreCall: Sendable {
  case start(epoch: UInt64, known: [NodeRecord])
  case tick(WallTime)
  case leave(WallTime)
  case dialled(UInt64, LinkNumber)
  case dialFailed(UInt64)
  case linkCame(LinkNumber)
  case linkWent(LinkNumber, isBroken: Bool)
  case datagram([UInt8])
  /// A frame's bytes, and what is done with them.
  case frame(FrameStep, [UInt8], LinkNumber, WallTime)
  case publish([UInt8], topic: UInt64, GossipHeader.Priority, WallTime)
  case publishWaiting(WallTime)
  case nextFrame(LinkNumber)
  case ban(Bytes32, for: Nanos)
  case judge(Bytes32, isWarned: Bool, isTrusted: Bool)
  case subscribe(UInt64)
  case unsubscribe(UInt64)
  case installKey(Bytes32)
  case useKey(UInt32)
  case removeKey(UInt32)

  static func frame(_ step: FrameStep, _ bytes: Span<UInt8>, _ link: LinkNumber, _ wall: WallTime) -> CoreCall {
    .frame(step, bytes.copied, link, wall)
  }
}

/// What a chain's stages do with a frame, one after the other; all but the first only with a message.
enum FrameStep: Int, Comparable, Sendable {
  case arrive, look, prove, open, pass

  static func < (one: FrameStep, other: FrameStep) -> Bool { one.rawValue < other.rawValue }
}

extension Span<UInt8> {
  var copied: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for place in indices { bytes.append(self[place]) }
    return bytes
  }
}
