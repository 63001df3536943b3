/// The first frame of each side on a `peer` link. Both send theirs at once; each checks the other's, and a link is up
/// when both agree. A reader of any version can find the version range, so versions can always be told apart.
///
/// ```
/// "HSAY" | lowest u16 | highest u16 | protocol 8 | data min u32 | data max u32 | node 32 | size u16 | plugins' field
/// ```
/// It says who the node claims to be; nothing proves it until links are encrypted.
public struct Hello: Equatable, Sendable {
  /// The versions of the link protocol that this side speaks.
  public var versions: ClosedRange<UInt16>
  /// What the chain speaks: eight bytes of the BLAKE2b of its protocol's name, so that a Sphinx chain never mistakes
  /// another chain's bytes for packets.
  public var protocolTag: UInt64
  /// The bodies that this side takes.
  public var limits: FrameLimits
  /// The node's address.
  public var node: Bytes32
  /// What plugins add: at most ``fieldMax`` bytes.
  public var field: [UInt8]

  /// The version that this code speaks.
  public static let version: UInt16 = 1
  /// The largest field of the plugins', in bytes.
  public static let fieldMax = 1_024
  private static let fixedSize = 58
  private static let magic: UInt32 = 0x4853_4159

  /// A hello of this version.
  public init(protocolTag: UInt64, limits: FrameLimits, node: Bytes32, field: [UInt8] = []) {
    self.versions = Self.version...Self.version
    self.protocolTag = protocolTag
    self.limits = limits
    self.node = node
    self.field = Array(field.prefix(Self.fieldMax))
  }

  /// Reads a frame's body; nil when it is none.
  public init?(_ body: Span<UInt8>) {
    guard body.count >= Self.fixedSize, body.bigEndian(at: 0, as: UInt32.self) == Self.magic else { return nil }
    let low = body.bigEndian(at: 4, as: UInt16.self)
    let high = body.bigEndian(at: 6, as: UInt16.self)
    let dataMin = body.bigEndian(at: 16, as: UInt32.self)
    let dataMax = body.bigEndian(at: 20, as: UInt32.self)
    let size = Int(body.bigEndian(at: 56, as: UInt16.self))
    guard low <= high, dataMin <= dataMax, size <= Self.fieldMax, body.count == Self.fixedSize + size else {
      return nil
    }
    versions = low...high
    protocolTag = body.bigEndian(at: 8)
    limits = FrameLimits(Int(dataMin)...Int(dataMax))
    node = Bytes32(body.extracting(24..<56))
    field = (Self.fixedSize..<body.count).map { body[$0] }
  }

  /// The frame's body.
  public var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.fixedSize) + field
    var out = bytes.mutableSpan
    out.put(bigEndian: Self.magic, at: 0)
    out.put(bigEndian: versions.lowerBound, at: 4)
    out.put(bigEndian: versions.upperBound, at: 6)
    out.put(bigEndian: protocolTag, at: 8)
    out.put(bigEndian: UInt32(truncatingIfNeeded: limits.dataMin), at: 16)
    out.put(bigEndian: UInt32(truncatingIfNeeded: limits.dataMax), at: 20)
    node.write(to: &out, at: 24)
    out.put(bigEndian: UInt16(truncatingIfNeeded: field.count), at: 56)
    return bytes
  }

  /// Why two sides cannot speak with each other, or nil when they can.
  public func mismatch(with theirs: Hello) -> Mismatch? {
    if !versions.overlaps(theirs.versions) { return .version }
    if protocolTag != theirs.protocolTag { return .protocolTag }
    if limits != theirs.limits { return .limits }
    if node == theirs.node { return .itself }
    return nil
  }

  /// What two sides do not agree on.
  public enum Mismatch: Sendable {
    /// No version is spoken by both.
    case version
    /// The chains speak different protocols.
    case protocolTag
    /// The chains' packets have different sizes.
    case limits
    /// It is another node than the one that was called.
    case node
    /// It is this node itself, or one that sends back what this node has said.
    case itself

    /// What operators are told.
    public var sentence: String {
      switch self {
      case .version: "it speaks other versions of the link protocol"
      case .protocolTag: "its chain speaks another protocol; compare the decode stages and their tables"
      case .limits: "its chain's frames have other sizes"
      case .node: "another node answers there than the network file says"
      case .itself: "it says that it is this node itself"
      }
    }
  }
}
