/// The nodes of a network, with what is public of each: the content of `network.json`.
public struct NetworkDirectory: Sendable {
  /// One node.
  public struct Node: Sendable {
    /// The name that operators use.
    public let name: String
    /// Its layer in the network, from 0 (entry) on.
    public let layer: Int
    /// The address under which packets reach it.
    public let address: Bytes32
    /// Where its chains listen, by the chain's name.
    public let chains: [(name: String, address: Address)]
    /// Where clients attach; nil when it has none.
    public let clients: Address?
    /// Its public keys.
    public let keys: [Key]
    /// How much it takes beside others, where choices are made in proportion to it.
    public let capacity: UInt32

    /// A node with these facts.
    public init(
      name: String, layer: Int, address: Bytes32, chains: [(name: String, address: Address)], clients: Address?,
      keys: [Key], capacity: UInt32 = 1
    ) {
      self.capacity = capacity
      self.name = name
      self.layer = layer
      self.address = address
      self.chains = chains
      self.clients = clients
      self.keys = keys
    }

    /// Where the chain of this name listens.
    public func listens(_ chain: String) -> Address? { chains.first { $0.name == chain }?.address }

    /// The key for a purpose that is valid at a time.
    public func key(_ purpose: String, at time: WallTime) -> Bytes32? {
      keys.first { $0.purpose == purpose && $0.isValid(at: time) }?.bytes
    }
  }

  /// One public key and the time for which it is good.
  public struct Key: Sendable {
    /// What it is for: `sphinx`, `identity`.
    public let purpose: String
    /// The key.
    public let bytes: Bytes32
    /// Good from here on, in seconds since 1970 UTC.
    public let from: Int64
    /// Good until here, not included.
    public let until: Int64

    /// A key with these facts.
    public init(purpose: String, bytes: Bytes32, from: Int64, until: Int64) {
      self.purpose = purpose
      self.bytes = bytes
      self.from = from
      self.until = until
    }

    /// True when the key is good at `time`.
    public func isValid(at time: WallTime) -> Bool { from <= time.seconds && time.seconds < until }
  }

  /// All nodes, in the file's order.
  public let nodes: [Node]

  /// Bytes of a packet's payload, the same in the whole network; nil where the file does not say.
  public let payloadSize: Int?

  /// What whoever publishes the network has drawn after the nodes' keys were known, so that no node can have
  /// chosen its key by what follows from the list; nil where the file does not say.
  public let salt: Bytes32?

  /// A network of these nodes.
  public init(nodes: [Node] = [], payloadSize: Int? = nil, salt: Bytes32? = nil) {
    self.nodes = nodes
    self.payloadSize = payloadSize
    self.salt = salt
  }

  /// The node with this name.
  public func node(named name: String) -> Node? { nodes.first { $0.name == name } }

  /// The hosts of all nodes but one, as far as the file has them as numbers and not by name.
  public func hosts(besides address: Bytes32?) -> [Host] {
    nodes.filter { $0.address != address }.flatMap { $0.chains.compactMap { Host($0.address) } }
  }

  /// How many layers there are.
  public var layers: Int { (nodes.map(\.layer).max() ?? -1) + 1 }
}
