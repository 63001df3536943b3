import MixNet

/// Datagrams that are under way or wait to be taken. Their bytes lie in one block that grows to what the world needs.
struct DatagramPool {
  struct Datagram {
    var count = 0
    var from = Address.unix("")
    var to = Address.unix("")
    var link: SimLink?
    var way = 0
    /// The process that sent it may be gone when it comes; its host is not.
    var sender: UInt32 = 0
  }

  private var datagrams: [Datagram] = []
  private var bytes: [UInt8] = []
  private var vacant: [UInt32] = []

  /// How many are under way or wait.
  var inUse: Int { datagrams.count - vacant.count }

  subscript(number: UInt32) -> Datagram {
    _read { yield datagrams[Int(number)] }
    _modify { yield &datagrams[Int(number)] }
  }

  /// A place with these bytes, of which there are at most ``datagramMax``.
  mutating func take(_ source: UnsafeRawBufferPointer) -> UInt32 {
    let number: UInt32
    if let old = vacant.popLast() {
      number = old
    } else {
      number = UInt32(datagrams.count)
      datagrams.append(Datagram())
      bytes.append(contentsOf: repeatElement(0, count: datagramMax))
    }
    let start = Int(number) * datagramMax
    let count = source.count
    unsafe bytes.withUnsafeMutableBytes { room in
      unsafe UnsafeMutableRawBufferPointer(rebasing: room[start..<start + count]).copyMemory(from: source)
    }
    datagrams[Int(number)].count = count
    return number
  }

  mutating func give(back number: UInt32) {
    datagrams[Int(number)] = Datagram()
    vacant.append(number)
  }

  /// A second one of the same content.
  mutating func copy(of number: UInt32) -> UInt32 {
    let whole = (datagrams[Int(number)], Array(bytes[range(number)]))
    let twin = unsafe whole.1.withUnsafeBytes { unsafe take($0) }
    datagrams[Int(twin)] = whole.0
    return twin
  }

  func copy(_ number: UInt32, into target: UnsafeMutableRawBufferPointer) {
    unsafe bytes.withUnsafeBytes { room in
      let range = range(number)
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<range.count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: room[range]))
    }
  }

  /// Flips a bit, counted from the first byte's lowest.
  mutating func flip(_ bit: UInt64, of number: UInt32) {
    let range = range(number)
    guard !range.isEmpty else { return }
    let bit = bit % UInt64(range.count * 8)
    bytes[range.lowerBound + Int(bit / 8)] ^= 1 << UInt8(bit % 8)
  }

  func digest(_ number: UInt32) -> UInt64 {
    var digest = PayloadDigest()
    digest.add(bytes.span.extracting(range(number)))
    return digest.value
  }

  private func range(_ number: UInt32) -> Range<Int> {
    let start = Int(number) * datagramMax
    return start..<start + datagrams[Int(number)].count
  }
}
