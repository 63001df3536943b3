import MixNet

/// A file that a service of a node is asked to store, and what it says when it has.
struct Receipt {
  let node: Int
  let path: String
  /// What the service calls it.
  let name: String
  let size: Int
  /// Of its bytes.
  let digest: Bytes32

  var text: String { "stored \(size) bytes as \(name)\n" }
  /// How the answer begins when it could not be stored.
  static let refusal = "not stored: "
}
