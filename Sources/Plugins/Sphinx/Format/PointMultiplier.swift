import CPacketCrypto

/// X25519 for many packets in one call: the seam behind which an implementation may work on several lanes at once.
///
/// An implementation must give the same bytes as RFC 7748, scalars clamped on use, for every pair of inputs, and all
/// zeros for a point of low order. It is called on a worker's thread, with any number of pairs, and must not allocate.
public protocol PointMultiplier: Sendable {
  /// What `[sphinx] x25519` calls it.
  var name: String { get }

  /// Writes scalar times point, pair by pair, 32 bytes each in one piece; the three spans have the same size.
  func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>)

  /// Writes scalar times base point, 32 bytes each in one piece; the two spans have the same size.
  func multiplyBase(_ scalars: Span<UInt8>, into points: inout MutableSpan<UInt8>)
}

/// libsodium's X25519, one after the other.
public struct SodiumMultiplier: PointMultiplier {
  /// Starts libsodium.
  public init() { startCrypto() }

  /// `libsodium`.
  public var name: String { X25519Choice.libsodium.rawValue }

  /// Writes scalar times point, pair by pair.
  public func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>) {
    unsafe forEachPair(scalars, points, &products) { unsafe packet_crypto_x25519($0, $1, $2, $3) }
  }

  /// Writes scalar times base point.
  public func multiplyBase(_ scalars: Span<UInt8>, into points: inout MutableSpan<UInt8>) {
    unsafe forEachScalar(scalars, &points) { unsafe packet_crypto_x25519_base($0, $1, $2) }
  }
}

/// Intel crypto_mb's X25519, eight at once; a lone pair goes to libsodium.
public struct LaneMultiplier: PointMultiplier {
  /// The multiplier, if the program was built with crypto_mb and this processor can run it.
  /// - Throws: why not.
  public init() throws(LanesMissing) {
    startCrypto()
    switch lanesState {
    case packet_crypto_lanes_usable: break
    case packet_crypto_lanes_no_processor: throw .noProcessor
    case packet_crypto_lanes_wrong: throw .wrong
    default: throw .notBuilt
    }
  }

  /// `crypto_mb`.
  public var name: String { X25519Choice.cryptoMB.rawValue }

  /// Writes scalar times point, pair by pair.
  public func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>) {
    unsafe forEachPair(scalars, points, &products) { unsafe packet_crypto_x25519_lanes($0, $1, $2, $3) }
  }

  /// Writes scalar times base point.
  public func multiplyBase(_ scalars: Span<UInt8>, into points: inout MutableSpan<UInt8>) {
    unsafe forEachScalar(scalars, &points) { unsafe packet_crypto_x25519_base_lanes($0, $1, $2) }
  }
}

/// Found out once a process.
private let lanesState = packet_crypto_find_lanes()

private typealias Bytes = UnsafePointer<UInt8>?

/// Hands the three spans to a primitive, with the number of pairs.
private func forEachPair(
  _ scalars: Span<UInt8>, _ points: Span<UInt8>, _ products: inout MutableSpan<UInt8>,
  _ multiply: (UnsafeMutablePointer<UInt8>?, Bytes, Bytes, Int) -> Void
) {
  precondition(scalars.count == points.count && points.count == products.count && points.count % 32 == 0)
  unsafe products.withUnsafeMutableBufferPointer { products in
    unsafe scalars.withUnsafeBufferPointer { scalars in
      unsafe points.withUnsafeBufferPointer { points in
        unsafe multiply(products.baseAddress, scalars.baseAddress, points.baseAddress, points.count / 32)
      }
    }
  }
}

/// Hands the two spans to a primitive, with the number of scalars.
private func forEachScalar(
  _ scalars: Span<UInt8>, _ points: inout MutableSpan<UInt8>,
  _ multiply: (UnsafeMutablePointer<UInt8>?, Bytes, Int) -> Void
) {
  precondition(scalars.count == points.count && points.count % 32 == 0)
  unsafe points.withUnsafeMutableBufferPointer { points in
    unsafe scalars.withUnsafeBufferPointer { scalars in
      unsafe multiply(points.baseAddress, scalars.baseAddress, scalars.count / 32)
    }
  }
}

/// One X25519: the scalar, the point and the product are 32 bytes each of the buffer, and may be the same.
func multiply(_ scalar: Int, _ point: Int, into product: Int, of bytes: inout SecretBuffer) {
  unsafe packet_crypto_x25519(
    bytes.at(product..<product + 32), bytes.at(scalar..<scalar + 32), bytes.at(point..<point + 32), 1)
}

/// X25519 with the base point.
func multiplyBase(_ scalar: Int, into point: Int, of bytes: inout SecretBuffer) {
  unsafe packet_crypto_x25519_base(bytes.at(point..<point + 32), bytes.at(scalar..<scalar + 32), 1)
}

/// One clamped scalar for two, good for points on the curve; false, and zeros, when there is none.
func multiplyScalars(_ a: Int, _ b: Int, into product: Int, of bytes: inout SecretBuffer) -> Bool {
  unsafe packet_crypto_scalar_product(
    bytes.at(product..<product + 32), bytes.at(a..<a + 32), bytes.at(b..<b + 32))
}

/// Makes libsodium choose its code for this processor, once a process.
func startCrypto() { precondition(cryptoStarted, "libsodium does not start") }

private let cryptoStarted = packet_crypto_start()
