/// The text forms of IP addresses (RFC 4291 section 2.2 for version 6, RFC 5952 for how it is written).
enum IPText {
  static func ipv4(_ text: some StringProtocol) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      let strict = part == "0" || (part.first != "0" && part.utf8.allSatisfy { (0x30...0x39).contains($0) })
      guard strict, let byte = UInt8(part) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  static func ipv6(_ text: some StringProtocol) -> [UInt8]? {
    let halves = String(text).components(around: "::")
    guard halves.count <= 2, let head = groups(halves[0]) else { return nil }
    guard halves.count == 2 else { return head.count == 16 ? head : nil }
    guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func groups(_ text: String) -> [UInt8]? {
    if text.isEmpty { return [] }
    var bytes: [UInt8] = []
    for group in text.split(separator: ":", omittingEmptySubsequences: false) {
      let hex = group.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
      guard (1...4).contains(group.utf8.count), hex, let value = UInt16(group, radix: 16) else { return nil }
      bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
    }
    return bytes
  }

  /// The longest run of two or more zero groups becomes `::`.
  static func text(ipv6 bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    var best = 0..<0
    var start = 0
    for end in 1...8 where end == 8 || groups[end] != 0 || groups[start] != 0 {
      if groups[start] == 0, end - start > max(1, best.count) { best = start..<end }
      start = end
    }
    func hex(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? hex(groups[...]) : hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
  }
}

extension String {
  /// The parts around each occurrence of `separator`; one part when there is none.
  fileprivate func components(around separator: String) -> [String] {
    var parts: [String] = []
    var rest = Substring(self)
    while let hit = rest.firstRange(of: separator) {
      parts.append(String(rest[..<hit.lowerBound]))
      rest = rest[hit.upperBound...]
    }
    return parts + [String(rest)]
  }
}
