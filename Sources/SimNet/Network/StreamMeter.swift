import MixNet

/// Looks on at what programs write to streams and read from them, whatever becomes of it in between.
public protocol StreamMeter: AnyObject {
  /// Bytes were handed over by a writer, or taken by a reader; those of one way come in order, each once.
  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage)
}

/// Where and how bytes have moved.
public struct StreamPassage {
  /// The stream's place, which is used again by another stream, and its number, which is not.
  public let place: Int
  /// Its number.
  public let number: UInt64
  /// The side that wrote the bytes: 0 the dialler's, 1 the acceptor's.
  public let side: Int
  /// The host that wrote them, and the one that reads them, by number.
  public let from: UInt32
  /// The reading host.
  public let to: UInt32
  /// The port that the dialler connected to; nil for a path.
  public let port: UInt16?
  /// True when they were handed over, false when they were taken.
  public let isWritten: Bool

  init(_ stream: Stream, side: Int, isWritten: Bool) {
    (place, number, self.side) = (Int(stream.place), stream.number, side)
    (from, to) = (stream.sides[side].host, stream.sides[1 - side].host)
    (port, self.isWritten) = (stream.port, isWritten)
  }
}
