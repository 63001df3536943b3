import CSodium

/// What a client and its node say to each other, in raw frames whose first byte is the kind.
///
/// ```
/// node   -> client  01 challenge   version u8 | node's address 32 | nonce 32
/// client -> node    02 attach      address 32 | Ed25519 signature 64 over "hearsay attach 1" | node's address | nonce
/// node   -> client  03 attached    nothing
/// client -> node    10 packet      a packet for the chain
/// node   -> client  11 message     number u64 | identifier 16 | payload
/// client -> node    12 received    number u64: the mailbox may forget this message and those before it
/// ```
/// A client's address is its Ed25519 public key. It signs the node's address too, so that one node cannot pass another
/// node's challenge on and attach in the client's name. Messages that came while the client was away are numbered from 1 on and
/// are kept until they are acknowledged; number 0 is sent to a client that is there and is never kept.
public enum ClientProtocol {
  /// The version that this code speaks.
  public static let version: UInt8 = 1
  /// The size of an attach frame in bytes.
  public static let attachSize = 97
  /// What stands before a message's payload: kind, number and identifier.
  public static let messagePrefixSize = 25

  /// The first byte of a frame.
  public enum Kind: UInt8, Sendable {
    /// The node's first frame.
    case challenge = 0x01
    /// The client's answer.
    case attach = 0x02
    /// The client is attached.
    case attached = 0x03
    /// A packet for the chain.
    case packet = 0x10
    /// A reply for the client.
    case message = 0x11
    /// The client has kept what it was sent.
    case received = 0x12
  }

  /// The address that has signed `challenge` in an attach frame; nil when the frame or the signature is not right.
  public static func address(inAttach frame: Span<UInt8>, to challenge: Challenge) -> Bytes32? {
    guard frame.count == attachSize, frame[0] == Kind.attach.rawValue else { return nil }
    let address = Bytes32(frame.extracting(1..<33))
    let message = challenge.signed
    let valid = unsafe frame.withUnsafeBufferPointer { frame in
      guard let base = frame.baseAddress else { return false }
      return unsafe crypto_sign_verify_detached(base + 33, message, UInt64(message.count), base + 1) == 0
    }
    return valid ? address : nil
  }
}

/// The node's first frame to a client: who it is, and a nonce that it has never used.
public struct Challenge: Equatable, Sendable {
  /// The node's address.
  public let node: Bytes32
  /// Fresh random bytes.
  public let nonce: Bytes32

  /// The challenge of `node`.
  public init(node: Bytes32, nonce: Bytes32) { (self.node, self.nonce) = (node, nonce) }

  /// Reads a frame of this version; nil when it is none.
  public init?(_ frame: Span<UInt8>) {
    guard frame.count == 66, frame[0] == ClientProtocol.Kind.challenge.rawValue else { return nil }
    guard frame[1] == ClientProtocol.version else { return nil }
    self.init(node: Bytes32(frame.extracting(2..<34)), nonce: Bytes32(frame.extracting(34..<66)))
  }

  /// The frame.
  public var bytes: [UInt8] {
    [ClientProtocol.Kind.challenge.rawValue, ClientProtocol.version] + node.array + nonce.array
  }

  /// What a client signs.
  var signed: [UInt8] { Array("hearsay attach 1".utf8) + node.array + nonce.array }
}

/// A client's key pair: its address and the secret that proves it.
public struct ClientKey: Sendable {
  /// The Ed25519 public key, which is the client's address.
  public let address: Bytes32
  private let secret: [UInt8]

  /// The key pair of a 32-byte seed.
  public init(seed: [UInt8]) {
    var publicKey = [UInt8](repeating: 0, count: 32)
    var secret = [UInt8](repeating: 0, count: 64)
    let seed = Array(seed.prefix(32)) + [UInt8](repeating: 0, count: max(0, 32 - seed.count))
    _ = unsafe crypto_sign_seed_keypair(&publicKey, &secret, seed)
    self.address = Bytes32(publicKey)
    self.secret = secret
  }

  /// The frame that attaches this client to the node that sent `challenge`.
  public func attach(to challenge: Challenge) -> [UInt8] {
    let message = challenge.signed
    var signature = [UInt8](repeating: 0, count: 64)
    _ = unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
    return [ClientProtocol.Kind.attach.rawValue] + address.array + signature
  }
}
