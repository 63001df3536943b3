package import MixNet

/// What an application gives, as it may stand in a configuration.
package enum FacadeText {
  /// Why a name cannot be a node's; nil when it can.
  package static func mistake(inName name: String) -> String? {
    let isPlain = name.utf8.allSatisfy { code in
      switch code {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    return isPlain && (1...64).contains(name.utf8.count) ? nil : "'\(name)' cannot be a node's name"
  }

  /// Why an address cannot stand there; nil when it can.
  package static func mistake(inAddress address: Address) -> String? {
    let isPlain = !address.description.utf8.contains {
      $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
    }
    return isPlain ? nil : "'\(address)' cannot be listened on"
  }

  /// A name that nobody else has.
  package static func name(_ kind: String, _ seed: Seed) -> String {
    var random = RandomStream(seed: seed.derived("name"))
    return "\(kind)-" + Hex.text((0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }
}

extension Duration {
  /// As the host counts it; zero when it is negative, the longest when it is longer.
  package var nanos: Nanos {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return .zero }
    return Nanos.s(UInt64(seconds)) + Nanos(UInt64(attoseconds / 1_000_000_000))
  }
}
