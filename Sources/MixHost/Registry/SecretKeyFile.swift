public import MixNet

extension LoadContext {
  /// Reads a secret key of 32 bytes from a file of 64 hex digits that nobody but its owner may read, and sees to it that it is the
  /// one that the network file lists for this node now, if it lists one.
  ///
  /// - Parameters:
  ///   - file: where it lies, in the state folder unless the path is absolute.
  ///   - what: how a sentence about it calls it.
  ///   - purpose: for what the network file lists it.
  ///   - publicKey: its public half.
  ///   - make: makes it of its bytes, which are overwritten afterwards.
  /// - Returns: nil when a mistake was reported.
  public mutating func secretKey<Key>(
    in file: String, called what: String, purpose: String, publicKey: (Key) -> Bytes32, make: (Span<UInt8>) -> Key?
  ) -> Key? {
    let path = node.path(file)
    do throws(StorageError) {
      var read = try files.read(path, limit: 1_024)
      // Whatever becomes of the file, its bytes do not stay.
      let key = Hex.withSecret(&read.bytes, make)
      guard read.mode & 0o077 == 0 else {
        mistake("\(path) is readable by others (mode \(String(read.mode & 0o777, radix: 8))); set it to 600")
        return nil
      }
      guard let key else {
        mistake("\(path) holds no key: it must be 64 hex digits")
        return nil
      }
      let listed = node.directory.node(named: node.name)?.keys
        .filter { $0.purpose == purpose && $0.isValid(at: wall) }.map(\.bytes)
      if let listed, !listed.isEmpty, !listed.contains(publicKey(key)) {
        mistake("\(path) is not the key that the network file lists for node '\(node.name)' now")
        return nil
      }
      return key
    } catch {
      mistake("\(what) cannot be read: \(error.description)")
      return nil
    }
  }
}
