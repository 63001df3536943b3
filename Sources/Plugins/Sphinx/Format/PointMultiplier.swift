import CPacketCrypto

/// X25519 for many packets in one call: the seam behind which an implementation may work on several lanes at once.
///
/// An implementation must give the same bytes as RFC 7748, scalars clamped on use, for every pair of inputs, and all
/// zeros for a point of low order. It is called on a worker's thread, with any number of pairs, and must not allocate.
public protocol PointMultiplier: Sendable {
  /// Writes scalar times point, pair by pair, 32 bytes each in one piece; the three spans have the same size.
  func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>)
}

/// libsodium's X25519, one after the other.
public struct SodiumMultiplier: PointMultiplier {
  /// Starts libsodium.
  public init() { startCrypto() }

  /// Writes scalar times point, pair by pair.
  public func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>) {
    precondition(scalars.count == points.count && points.count == products.count && points.count % 32 == 0)
    unsafe products.withUnsafeMutableBufferPointer { products in
      unsafe scalars.withUnsafeBufferPointer { scalars in
        unsafe points.withUnsafeBufferPointer { points in
          unsafe packet_crypto_x25519(products.baseAddress, scalars.baseAddress, points.baseAddress, points.count / 32)
        }
      }
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
  unsafe packet_crypto_x25519_base(bytes.at(point..<point + 32), bytes.at(scalar..<scalar + 32))
}

/// One clamped scalar for two, good for points on the curve; false, and zeros, when there is none.
func multiplyScalars(_ a: Int, _ b: Int, into product: Int, of bytes: inout SecretBuffer) -> Bool {
  unsafe packet_crypto_scalar_product(
    bytes.at(product..<product + 32), bytes.at(a..<a + 32), bytes.at(b..<b + 32))
}

/// Makes libsodium choose its code for this processor, once a process.
func startCrypto() { precondition(cryptoStarted, "libsodium does not start") }

private let cryptoStarted = packet_crypto_start()
