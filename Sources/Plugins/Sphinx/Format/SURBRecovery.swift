public import MixNet

/// What the creator of a reply block keeps until the reply comes: its identifier and, in version 260, the seeds without
/// which nobody can read the reply. It prints no seed, and its memory is wiped at its end.
public final class SURBRecovery: Sendable, CustomStringConvertible, CustomReflectable {
  /// The version of the reply block.
  public let version: SphinxVersion
  /// The identifier that comes with the reply.
  public let identifier: Bytes16
  let seeds: SecretBuffer

  /// What ``reveal(into:at:)`` wrote: the identifier and, in version 260, a seed of 16 bytes a hop.
  /// - Throws: ``SphinxError/recoverySize(_:)``.
  public init(version: SphinxVersion, _ bytes: Span<UInt8>) throws(SphinxError) {
    let seeds = bytes.count - 16
    let allowed = version == .v260 ? 1...SphinxSize.hopsMax : 0...0
    guard seeds >= 0, seeds % KeyLayout.payloadSeed == 0, allowed.contains(seeds / KeyLayout.payloadSeed) else {
      throw .recoverySize(bytes.count)
    }
    self.version = version
    identifier = Bytes16(bytes)
    self.seeds = SecretBuffer(bytes.extracting(16...))
  }

  init(version: SphinxVersion, identifier: Bytes16, seeds: consuming SecretBuffer) {
    self.version = version
    self.identifier = identifier
    self.seeds = seeds
  }

  /// Bytes that ``reveal(into:at:)`` writes.
  public var size: Int { 16 + seeds.count }

  /// Writes everything at `offset`: to a safe place, and nowhere else.
  public func reveal(into target: inout MutableSpan<UInt8>, at offset: Int = 0) {
    identifier.write(to: &target, at: offset)
    seeds.write(0..<seeds.count, into: &target, at: offset + 16)
  }

  /// The identifier alone.
  public var description: String { "reply \(identifier)" }
  /// Nothing of the seeds.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
