/// Arrays in place of slices, for those who have one connection and no hurry.
extension Network {
  /// Writes what stands in `bytes` from `start` on, as far as the connection takes it now.
  public func write(_ bytes: [UInt8], from start: Int = 0, on connection: ConnectionID) -> IOResult {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count else { return .blocked }
      let slice = unsafe IOSlice(base: UnsafeMutableRawPointer(mutating: base + start), count: bytes.count - start)
      return unsafe withUnsafePointer(to: slice) {
        unsafe write(connection, from: UnsafeBufferPointer(start: $0, count: 1))
      }
    }
  }

  /// Reads what is there into `buffer`, from its first byte on; says how many bytes that were.
  public func read(into buffer: inout [UInt8], from connection: ConnectionID) -> IOResult {
    unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return .blocked }
      let slice = unsafe IOSlice(base: base, count: bytes.count)
      return unsafe withUnsafePointer(to: slice) {
        unsafe read(connection, into: UnsafeBufferPointer(start: $0, count: 1))
      }
    }
  }
}
