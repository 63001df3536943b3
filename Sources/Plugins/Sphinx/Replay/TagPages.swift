import CPacketCrypto

/// The memory of a set of tags, for all its shards: places of two words each, zeros where there is none. It comes in large pages where the
/// system has them, all of it at once.
///
/// Whoever reads or writes a place has the lock of its shard; to have it fetched needs none. Places are not checked: they follow from
/// a tag's hash (``ReplayTags/Tag``), which gives none beyond the last.
@safe final class TagPages: @unchecked Sendable {
  private let memory: UnsafeMutablePointer<ReplayTags.Tag>
  private let size: Int

  /// Nil when memory is short.
  init?(places: Int) {
    size = places * MemoryLayout<ReplayTags.Tag>.stride
    guard let pages = unsafe packet_crypto_pages(size) else { return nil }
    unsafe memory = pages.bindMemory(to: ReplayTags.Tag.self, capacity: places)
  }

  deinit { unsafe packet_crypto_pages_free(memory, size) }

  subscript(place: Int) -> ReplayTags.Tag {
    @inline(__always) get { unsafe memory[place] }
    @inline(__always) set { unsafe memory[place] = newValue }
  }

  @inline(__always)
  func prefetch(_ place: Int) { unsafe packet_crypto_prefetch(memory + place) }
}
