/// How payloads are compressed, and what is taken of others.
package struct CodecSettings: Sendable {
  /// The largest payload, in bytes.
  package var payloadMax = 1 << 20
  /// Payloads up to this size are compressed with the dictionary, if there is one, and at level 1.
  package var smallMax = 4_096
  package var smallLevel: Int32 = 1
  package var largeLevel: Int32 = 3
  /// Smaller payloads are sent as they are, with a dictionary and without.
  package var leastWithDictionary = 64
  package var least = 256
  /// The largest window that a frame may ask for, in bytes.
  package var windowMax: UInt64 = 1 << 21
  /// How many times its frame's size a payload may have, up to 64 KiB and above. What zeros alone would compress to is a bomb.
  package var smallRatioMax = 1_000
  package var largeRatioMax = 200

  package init() {}

  func ratioMax(_ size: Int) -> Int { size <= 1 << 16 ? smallRatioMax : largeRatioMax }
}

/// Why a frame of zstd was refused.
package enum CodecRefusal: String, Error, CaseIterable, Sendable {
  /// It is no frame, or more than one, or something follows it.
  case notOneFrame
  /// It does not say its payload's size, or another than the message does.
  case wrongSize
  /// It asks for a window that nobody needs.
  case windowTooLarge
  /// It was made with a dictionary that the node does not have, or another than the message says.
  case unknownDictionary
  /// So much of so little is a bomb.
  case ratioTooHigh
  /// It does not decode.
  case damaged
}
