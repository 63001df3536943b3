import MixNet

/// What a node must know after a restart: the epoch that it was in, and those of which it has not told the proofs. Else a clock
/// that was set back would bring an epoch again whose delays everybody can compute, and the end of a process would leave an
/// epoch without its proof.
struct EpochMarker: Equatable, Sendable {
  /// Epochs whose proofs have not been told; the last one is that which the node is in. At least one.
  let seconds: UInt32
  let epochs: [UInt64]

  /// Bytes of the longest file.
  static let sizeMax = 512

  init(seconds: UInt32, epochs: [UInt64]) {
    self.seconds = seconds
    self.epochs = epochs
  }

  /// The marker in a file; nil when there is none, or when the file is not as it was written.
  init?(_ bytes: [UInt8]) {
    guard bytes.count <= Self.sizeMax, let end = bytes.lastIndex(of: 0x20) else { return nil }
    guard Array(bytes[end...]) == Self.check(bytes[..<end]) else { return nil }
    let numbers = bytes[..<end].split(separator: 0x20).map { UInt64(String(decoding: $0, as: UTF8.self)) }
    let values = numbers.compactMap { $0 }
    guard values.count == numbers.count, values.count >= 2, values.count <= EpochLedger.endedMax + 2,
      let seconds = UInt32(exactly: values[0]), seconds > 0, zip(values.dropFirst(), values.dropFirst(2)).allSatisfy(<)
    else { return nil }
    self.seconds = seconds
    epochs = Array(values.dropFirst())
  }

  /// The file's text: the epochs' length in seconds, the epochs, and a hash of these, as disks do not keep everything.
  var bytes: [UInt8] {
    let text = Array(([UInt64(seconds)] + epochs).map(String.init).joined(separator: " ").utf8)
    return text + Self.check(text[...])
  }

  private static func check(_ text: ArraySlice<UInt8>) -> [UInt8] {
    [0x20] + Array(Fingerprint.of(Array(text)).description.utf8.prefix(16)) + [0x0a]
  }
}
