/// Cuts a stream of bytes into lines, and holds no more than one line of the largest size.
struct LineSplitter {
  /// Bytes of the longest line, without its end.
  let limit: Int
  private var line: [UInt8] = []
  private var isTooLong = false

  init(limit: Int) { self.limit = limit }

  /// Takes the next bytes of the stream, and hands out each line that ends in them.
  mutating func take<E>(_ bytes: ArraySlice<UInt8>, _ each: (Result<[UInt8], LineError>) throws(E) -> Void) throws(E) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      add(rest[..<end])
      try handOut(each)
      rest = rest[(end + 1)...]
    }
    add(rest)
  }

  /// Hands out what stands behind the last end of a line, if there is anything.
  mutating func finish<E>(_ each: (Result<[UInt8], LineError>) throws(E) -> Void) throws(E) {
    if isTooLong || !line.isEmpty { try handOut(each) }
  }

  private mutating func add(_ part: ArraySlice<UInt8>) {
    isTooLong = isTooLong || line.count + part.count > limit
    if isTooLong { line.removeAll(keepingCapacity: true) } else { line += part }
  }

  private mutating func handOut<E>(_ each: (Result<[UInt8], LineError>) throws(E) -> Void) throws(E) {
    let (whole, wasTooLong) = (line, isTooLong)
    line.removeAll(keepingCapacity: true)
    isTooLong = false
    try each(
      wasTooLong ? .failure(LineError("the line must have at most \(limit) bytes; found more")) : .success(whole))
  }
}
