import Synchronization

/// A member that makes a large noncopyable struct stay where it is.
///
/// Swift 6.3 takes a struct whose members are all plain values for a plain value itself, noncopyable or not, and where a method only reads, it
/// hands it over as one: it copies all of its bytes first, for a gossip core six kilobytes a call. An atomic has an address that must not change, so a
/// struct that has one is handed over by reference.
package struct InPlace: ~Copyable, Sendable {
  private let anchor = Atomic<UInt8>(0)
  package init() {}
}
