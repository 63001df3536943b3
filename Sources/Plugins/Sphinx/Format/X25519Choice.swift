/// Which code does the X25519: what `[sphinx] x25519` says. All give the same bytes.
public enum X25519Choice: String, CaseIterable, Sendable {
  /// Eight lanes where they can be had, else libsodium.
  case auto
  /// One after the other.
  case libsodium
  /// Eight at once, with Intel's crypto_mb.
  case cryptoMB = "crypto_mb"

  /// The multiplier of this choice, on this machine.
  /// - Throws: why eight lanes cannot be had, if they were asked for.
  public func multiplier() throws(LanesMissing) -> any PointMultiplier {
    switch self {
    case .libsodium: return SodiumMultiplier()
    case .cryptoMB: return try LaneMultiplier()
    case .auto:
      do throws(LanesMissing) { return try LaneMultiplier() } catch { return SodiumMultiplier() }
    }
  }

  /// What `auto` is on this machine, and why.
  static var remark: String {
    do throws(LanesMissing) {
      return "here x25519 = \"auto\" is \(try LaneMultiplier().name)"
    } catch {
      return "here x25519 = \"auto\" is libsodium: \(error)"
    }
  }

  /// The quickest on this machine.
  public static var quickest: any PointMultiplier {
    do throws(LanesMissing) { return try auto.multiplier() } catch { return SodiumMultiplier() }
  }
}

/// Why this program, on this machine, does not multiply eight points at once.
public enum LanesMissing: Error, Equatable, CustomStringConvertible {
  /// The program was built without Intel's crypto_mb.
  case notBuilt
  /// The processor has no AVX-512 IFMA.
  case noProcessor
  /// Its products are not those of libsodium.
  case wrong

  /// A sentence without its full stop.
  public var description: String {
    switch self {
    case .notBuilt: "this program was built without crypto_mb"
    case .noProcessor: "this processor cannot run crypto_mb, which needs AVX-512 IFMA"
    case .wrong: "crypto_mb does not give the products that libsodium gives"
    }
  }
}
