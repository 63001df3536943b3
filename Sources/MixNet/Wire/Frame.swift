/// What a frame on a `peer` link is for: the byte after its length.
public enum FrameKind: UInt8, Sendable {
  /// The first frame of each side: a ``Hello``.
  case hello = 0
  /// A packet of the chain.
  case data = 1
  /// Asks for a pong with the same body.
  case ping = 2
  /// Answers a ping.
  case pong = 3
  /// Says goodbye: what was sent before has arrived in order, nothing follows.
  case close = 6
}

/// How bytes on a stream become frames: a big-endian `u32` length first, checked before a byte of the body is kept.
///
/// A `raw` frame is the length and the body, nothing else; on a `peer` link the length counts one byte of
/// ``FrameKind`` before the body.
public enum Framing: Sendable {
  /// Length and body.
  case raw
  /// Length, kind and body.
  case peer

  /// The size of what stands before a body: 4 or 5 bytes.
  public var headerSize: Int { self == .raw ? 4 : 5 }

  /// Writes the header of a body of `size` bytes (at most 2^31) to the start of `out`, which has room for
  /// ``headerSize`` bytes.
  public func writeHeader(kind: FrameKind, size: Int, to out: inout MutableSpan<UInt8>) {
    switch self {
    case .raw: out.put(bigEndian: UInt32(truncatingIfNeeded: size), at: 0)
    case .peer:
      out.put(bigEndian: UInt32(truncatingIfNeeded: size + 1), at: 0)
      out.put(bigEndian: kind.rawValue, at: 4)
    }
  }

  /// Reads the header at the start of `bytes`; the caller has made sure that ``headerSize`` bytes are there.
  /// `.malformed` for a length of no frame: zero on a peer link, or an unknown kind.
  public func readHeader(_ bytes: Span<UInt8>) -> FrameHeader {
    let length = Int(bytes.bigEndian(at: 0, as: UInt32.self))
    switch self {
    case .raw: return .frame(kind: .data, size: length)
    case .peer:
      guard length > 0, let kind = FrameKind(rawValue: bytes.bigEndian(at: 4)) else { return .malformed }
      return .frame(kind: kind, size: length - 1)
    }
  }
}

/// What stands before a frame's body.
public enum FrameHeader: Equatable, Sendable {
  /// A body of `size` bytes follows.
  case frame(kind: FrameKind, size: Int)
  /// No frame begins like this.
  case malformed
}

/// Which bodies a link takes: sizes in bytes.
public struct FrameLimits: Equatable, Sendable {
  /// The smallest data body.
  public let dataMin: Int
  /// The largest data body; the same as ``dataMin`` where all packets have one size.
  public let dataMax: Int

  /// The largest body of a control frame: a ``Hello`` with a full field of the plugins'.
  public static let controlMax = 1_152

  /// Bodies of `range` bytes.
  public init(_ range: ClosedRange<Int>) { (dataMin, dataMax) = (range.lowerBound, range.upperBound) }

  /// True when a body of `size` bytes may come as a frame of `kind`.
  public func allows(_ kind: FrameKind, size: Int) -> Bool {
    kind == .data ? size >= dataMin && size <= dataMax : size <= Self.controlMax
  }
}
