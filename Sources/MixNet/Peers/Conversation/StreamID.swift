/// Names a stream of one ``Conversation``. Each side opens streams in slots of its own and counts how often it has used each:
/// so the other side can tell a stream that it has not heard of yet from one that is over, in whatever order frames come.
public struct StreamID: Hashable, Sendable, CustomStringConvertible {
  /// True when this side has opened it.
  public let isOwn: Bool
  /// Its slot among those of the side that has opened it.
  public let slot: UInt16
  /// Which of the streams that have had the slot it is, from 1 on.
  public let generation: UInt32

  /// The stream of this place.
  public init(isOwn: Bool, slot: UInt16, generation: UInt32) {
    (self.isOwn, self.slot, self.generation) = (isOwn, slot, generation)
  }

  /// Bytes in a frame: who has opened it, slot, generation.
  static let size = 7

  /// Reads it from a frame of the other side's, whose own streams are not this side's.
  init?(_ body: Span<UInt8>, at offset: Int) {
    let opener: UInt8 = body.bigEndian(at: offset)
    guard opener <= 1 else { return nil }
    isOwn = opener == 0
    slot = body.bigEndian(at: offset + 1)
    generation = body.bigEndian(at: offset + 3)
    guard generation > 0 else { return nil }
  }

  func write(to out: inout MutableSpan<UInt8>, at offset: Int) {
    out.put(bigEndian: UInt8(isOwn ? 1 : 0), at: offset)
    out.put(bigEndian: slot, at: offset + 1)
    out.put(bigEndian: generation, at: offset + 3)
  }

  /// `own.slot.generation` or `their.slot.generation`, for logs.
  public var description: String { "\(isOwn ? "own" : "their").\(slot).\(generation)" }
}
