public import MixNet

/// One packet's part of a message: what a sender puts into a packet for a service, and a service into a reply.
///
/// ```
/// version u8 = 1 | flags u8 | message id 16 | index u32 | count u32 | size u32 | blocks u8 | block size u16
///   | blocks x block size: reply blocks | data
/// ```
/// All fragments of a message but the last carry the same number of data bytes; `size` is the message's. A reply repeats
/// the id of the message that it answers.
public struct Fragment: Equatable, Sendable {
  /// What the flags say.
  public struct Flags: OptionSet, Sendable {
    /// The bits on the wire.
    public let rawValue: UInt8
    /// Flags with these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The fragment belongs to an answer.
    public static let isReply = Flags(rawValue: 1)
    /// The service has an answer, but the message brought too few reply blocks for it.
    public static let needsBlocks = Flags(rawValue: 2)
  }

  /// The format's version.
  public static let version: UInt8 = 1
  /// Bytes before the reply blocks.
  public static let headerSize = 33

  /// What the fragment is.
  public var flags: Flags
  /// Names the message.
  public var message: Bytes16
  /// The fragment's number, from 0 on.
  public var index: UInt32
  /// How many fragments the message has, at least one.
  public var count: UInt32
  /// The message's size in bytes.
  public var size: UInt32
  /// How many reply blocks it brings.
  public var blocks: UInt8
  /// The size of each of them.
  public var blockSize: UInt16

  /// A fragment with these fields.
  public init(
    flags: Flags = [], message: Bytes16, index: UInt32, count: UInt32, size: UInt32, blocks: UInt8 = 0,
    blockSize: UInt16 = 0
  ) {
    self.flags = flags
    self.message = message
    self.index = index
    self.count = count
    self.size = size
    self.blocks = blocks
    self.blockSize = blockSize
  }

  /// Reads the fragment at the start of a payload's message; nil when it is none, or contradicts itself.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= Self.headerSize, bytes[0] == Self.version else { return nil }
    flags = Flags(rawValue: bytes[1])
    message = Bytes16(bytes.extracting(2..<18))
    index = bytes.bigEndian(at: 18)
    count = bytes.bigEndian(at: 22)
    size = bytes.bigEndian(at: 26)
    blocks = bytes[30]
    blockSize = bytes.bigEndian(at: 31)
    let data = bytes.count - dataStart
    guard index < count, data >= 0, (blocks == 0) == (blockSize == 0), isPlausible(data: data) else { return nil }
  }

  /// Where the data begins: after the header and the reply blocks.
  public var dataStart: Int { Self.headerSize + Int(blocks) * Int(blockSize) }

  /// The bytes of one reply block.
  public func block(_ number: Int) -> Range<Int> {
    let start = Self.headerSize + number * Int(blockSize)
    return start..<start + Int(blockSize)
  }

  /// Writes the header to the start of `out`, which has room for ``headerSize`` bytes.
  public func write(to out: inout MutableSpan<UInt8>) {
    out.put(bigEndian: Self.version, at: 0)
    out.put(bigEndian: flags.rawValue, at: 1)
    message.write(to: &out, at: 2)
    out.put(bigEndian: index, at: 18)
    out.put(bigEndian: count, at: 22)
    out.put(bigEndian: size, at: 26)
    out.put(bigEndian: blocks, at: 30)
    out.put(bigEndian: blockSize, at: 31)
  }

  /// `data` bytes can be this fragment's share of `size` in `count` parts of one length.
  private func isPlausible(data: Int) -> Bool {
    let (size, count) = (Int(size), Int(count))
    if count == 1 { return data == size }
    if index + 1 == self.count { return data > 0 && data <= size - (count - 1) }
    return data > 0 && (count - 1) * data < size && size <= count * data
  }
}

/// Cuts a message into fragments of one length.
public struct MessageSplitter: Sendable {
  /// Data bytes of every fragment but the last.
  public let chunk: Int
  /// The message's size.
  public let size: Int
  /// How many fragments there are: an empty message has one.
  public let count: Int

  /// A message of `size` bytes in packets that carry `room` bytes beside their reply blocks and the header; nil when
  /// there is no room for data, or the message has more fragments than the format can count.
  public init?(size: Int, room: Int) {
    guard room > 0, size >= 0, size <= Int(UInt32.max) else { return nil }
    self.size = size
    chunk = room
    count = max(1, (size + room - 1) / room)
  }

  /// The message's bytes that fragment `index` carries.
  public func range(_ index: Int) -> Range<Int> { min(size, index * chunk)..<min(size, (index + 1) * chunk) }
}
