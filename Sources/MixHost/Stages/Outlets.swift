public import MixNet

/// Up to 32 bytes that one send puts before the packet, such as a circuit id.
public struct SendPrefix: Sendable {
  var bytes: InlineArray<32, UInt8>
  var count: Int

  /// Nothing.
  public static let none = SendPrefix()

  /// Nothing.
  public init() {
    bytes = InlineArray(repeating: 0)
    count = 0
  }

  /// Eight bytes, big-endian.
  public init(_ number: UInt64) {
    self.init()
    var out = bytes.mutableSpan
    out.put(bigEndian: number, at: 0)
    count = 8
  }

  /// What stands before a message to a client (``ClientProtocol``).
  init(message number: UInt64, identifier: Bytes16) {
    self.init()
    bytes[0] = ClientProtocol.Kind.message.rawValue
    var out = bytes.mutableSpan
    out.put(bigEndian: number, at: 1)
    identifier.write(to: &out, at: 9)
    count = ClientProtocol.messagePrefixSize
  }

  /// True before a message that the mailbox keeps until the client has it.
  var isKept: Bool { keptNumber != 0 }

  /// The number under which the mailbox keeps the message; zero before anything else.
  var keptNumber: UInt64 { count == ClientProtocol.messagePrefixSize ? bytes.span.bigEndian(at: 1) : 0 }
}

/// A chain of the node, which a forward stage may hand packets to. The handed packet is a copy in that chain's memory and
/// begins there at admission.
public struct ChainRef: Hashable, Sendable {
  let number: Int
}

/// Where the packets of a batch leave. Filled by forward stages; the host carries it out after the call.
@safe public struct Outlets: ~Copyable {
  enum Target {
    case link(LinkID, SendPrefix)
    case service(Int)
    case client(Bytes32, Bytes16)
    case chain(ChainRef)
  }

  struct Entry {
    let place: UInt32
    /// Bytes at the packet's front that this send leaves out.
    let skip: UInt32
    let target: Target
  }

  private let index: UnsafeMutablePointer<UInt32>
  private let slab: Slab
  private let list: OutletList

  init(index: UnsafeMutablePointer<UInt32>, slab: Slab, list: OutletList) {
    self.index = index
    self.slab = slab
    self.list = list
  }

  /// Sends the packet on a link, without its first `skip` bytes and with `prefix` before it. False, and nothing happens,
  /// when the batch's outlets are full or the packet is shorter than `skip`.
  ///
  /// A packet may be sent on many links; it is not copied.
  public mutating func send(_ i: Int, on link: LinkID, skip: Int = 0, prefix: SendPrefix = .none) -> Bool {
    add(i, skip: skip, .link(link, prefix))
  }

  /// Delivers the packet to the stage of this chain that has claimed `address`; false when none has.
  public mutating func serve(_ i: Int, at address: Bytes32) -> Bool {
    guard let stage = list.claims[address] else { return false }
    return add(i, skip: 0, .service(stage))
  }

  /// Delivers the packet to the client with this address, or keeps it in the mailbox while the client is away; false when
  /// this node has no clients. The client gets `identifier` with it.
  public mutating func deliver(_ i: Int, toClient address: Bytes32, identifier: Bytes16) -> Bool {
    list.hasClients && add(i, skip: 0, .client(address, identifier))
  }

  /// Hands a copy of the packet to another chain, or to this one, where it begins anew.
  public mutating func hand(_ i: Int, to chain: ChainRef) -> Bool { add(i, skip: 0, .chain(chain)) }

  /// True when the packet has an outlet.
  public func isSettled(_ i: Int) -> Bool {
    _ = slot(index, i)
    return list.sends[i] > 0
  }

  private mutating func add(_ i: Int, skip: Int, _ target: Target) -> Bool {
    let length = Int(slab.header(slot(index, i)).pointee.length)
    guard skip >= 0, skip <= length, list.entries.count < list.capacity else { return false }
    list.entries.append(Entry(place: UInt32(i), skip: UInt32(skip), target: target))
    list.sends[i] += 1
    return true
  }
}

/// The outlets' storage, which the tail keeps.
final class OutletList {
  let capacity: Int
  /// Used for every batch, and by nobody but the tail and, through ``Outlets``, the stage that it has called.
  @exclusivity(unchecked) var entries: [Outlets.Entry] = []
  /// How many outlets each place has.
  let sends: UnsafeMutablePointer<UInt32>
  private let batch: Int
  /// Which stage has claimed which address.
  let claims: [Bytes32: Int]
  /// The numbers of the stages that have claimed addresses, each once, in order.
  let claimants: [Int]
  let hasClients: Bool

  /// Room for `batch` packets and eight outlets for each of them.
  init(batch: Int, claims: [Bytes32: Int], hasClients: Bool) {
    self.batch = batch
    self.claims = claims
    claimants = Set(claims.values).sorted()
    self.hasClients = hasClients
    capacity = batch * 8
    entries.reserveCapacity(capacity)
    sends = .allocate(capacity: batch)
    sends.initialize(repeating: 0, count: batch)
  }

  deinit { sends.deallocate() }

  func clear() {
    guard !entries.isEmpty else { return }
    entries.removeAll(keepingCapacity: true)
    sends.update(repeating: 0, count: batch)
  }
}
