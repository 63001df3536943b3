import Synchronization

/// A member that keeps a large noncopyable struct where it is, and so every struct that has that one for a member.
///
/// Swift 6.3 hands a struct whose bytes can be moved over as those bytes, to a method that only reads it, too: a gossip core was six kilobytes
/// of copying a call. An atomic has an address that must not change, so a struct with one is handed over by reference.
package struct InPlace: ~Copyable, Sendable {
  private let atom = Atomic<UInt8>(0)
  package init() {}
}
