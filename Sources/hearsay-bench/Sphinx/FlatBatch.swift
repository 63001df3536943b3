import MixNet
import Sphinx

/// A batch of packets in one piece of memory, and the two phases of a decode stage over it, call for call.
@safe struct FlatBatch: ~Copyable {
  let capacity: Int
  private let size: Int
  private let memory: UnsafeMutablePointer<UInt8>
  private let secrets: UnsafeMutablePointer<UInt8>
  private(set) var tags: [Bytes32]
  /// Packets that phase one let through and phase two has not finished.
  private(set) var accepted = 0
  private(set) var refused = 0
  private var isAccepted: [Bool]

  init(capacity: Int, size: SphinxSize) {
    self.capacity = capacity
    self.size = size.packet
    unsafe memory = .allocate(capacity: capacity * size.packet)
    unsafe memory.initialize(repeating: 0, count: capacity * size.packet)
    unsafe secrets = .allocate(capacity: capacity * SphinxSecrets.size)
    unsafe secrets.initialize(repeating: 0, count: capacity * SphinxSecrets.size)
    tags = [Bytes32](repeating: Bytes32(), count: capacity)
    isAccepted = [Bool](repeating: false, count: capacity)
  }

  deinit {
    unsafe memory.deallocate()
    unsafe secrets.deallocate()
  }

  /// Puts a packet into a place.
  mutating func load(_ place: Int, _ packet: [UInt8]) {
    unsafe packet.withUnsafeBufferPointer { unsafe load(place, $0) }
  }

  /// Puts a packet into a place.
  mutating func load(_ place: Int, _ packet: UnsafeBufferPointer<UInt8>) {
    precondition(place < capacity && packet.count == size)
    guard let base = packet.baseAddress else { return }
    unsafe (memory + place * size).update(from: base, count: size)
  }

  /// Whether a place has exactly these bytes.
  func holds(_ place: Int, _ packet: [UInt8]) -> Bool {
    precondition(place < capacity && packet.count == size)
    for i in 0..<size where unsafe memory[place * size + i] != packet[i] { return false }
    return true
  }

  /// What a place holds.
  func packet(_ place: Int) -> [UInt8] {
    (0..<size).map { unsafe memory[place * size + $0] }
  }

  /// Phase one: the headers of all places.
  mutating func headers(_ unwrapper: inout SphinxUnwrapper) {
    accepted = 0
    refused = 0
    unwrapper.beginHeaders()
    for i in 0..<capacity {
      isAccepted[i] = false
      let packet = unsafe Span(_unsafeStart: memory + i * size, count: size)
      if unwrapper.load(i, packet) != nil { refused += 1 }
    }
    while unwrapper.exchange() {
      for i in 0..<capacity where unwrapper.awaits(i) {
        var packet = unsafe MutableSpan(_unsafeStart: memory + i * size, count: size)
        var scratch = unsafe MutableSpan(_unsafeStart: secrets + i * SphinxSecrets.size, count: SphinxSecrets.size)
        switch unwrapper.header(i, &packet, &scratch) {
        case .forward(let hop): accept(i, hop.tag)
        case .final(let hop): accept(i, hop.tag)
        case .undecided: break
        case .refused: refused += 1
        }
      }
    }
  }

  private mutating func accept(_ place: Int, _ tag: Bytes32) {
    tags[place] = tag
    isAccepted[place] = true
    accepted += 1
  }

  /// Phase two: the payloads of the places that phase one let through, and their blinding.
  mutating func payloads(_ unwrapper: inout SphinxUnwrapper) {
    unwrapper.beginPayloads()
    for i in 0..<capacity where isAccepted[i] {
      var packet = unsafe MutableSpan(_unsafeStart: memory + i * size, count: size)
      var scratch = unsafe MutableSpan(_unsafeStart: secrets + i * SphinxSecrets.size, count: SphinxSecrets.size)
      unwrapper.payload(i, &packet, &scratch)
    }
    unwrapper.blind()
    for i in 0..<capacity where unwrapper.awaits(i) {
      var packet = unsafe MutableSpan(_unsafeStart: memory + i * size, count: size)
      unwrapper.alpha(i, &packet)
    }
    unwrapper.end()
  }
}
