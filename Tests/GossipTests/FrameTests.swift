import CSodium
import Gossip
import MixNet
import Testing

struct FrameTests {
  private static let secrets = (0..<3).map { Bytes32([UInt8($0), 1]) }

  private static func header(_ proof: GossipHeader.ProofKind = .signature, origin: Bytes32 = Bytes32([7]))
    -> GossipHeader
  {
    GossipHeader(
      proof: proof, topic: GossipHeader.topic("weather"), origin: origin, epoch: 3, sequence: 4, createdMS: 5,
      lifeMS: 6,
      payloadSize: 3, content: GossipHeader.content(of: [1, 2, 3].span))
  }
  private static func frame(_ header: GossipHeader) -> [UInt8] {
    MessageFrame.bytes(header, ZstdCodec.Packed(plain: [1, 2, 3]))
  }
  private static func holds(_ bytes: [UInt8], ring: Keyring? = nil, signatures: Bool = true) -> Bool? {
    MessageFrame(bytes.span).map {
      MessageProof.holds($0, in: bytes.span, ring: ring, takesSignatures: signatures)
    }
  }
  /// A key, and a frame that it has signed.
  private static func signed() throws -> (key: [UInt8], frame: [UInt8]) {
    var (publicKey, key) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
    try #require(unsafe crypto_sign_seed_keypair(&publicKey, &key, [UInt8](repeating: 9, count: 32)) == 0)
    var bytes = frame(header(origin: Bytes32(publicKey)))
    let isSigned = MessageProof.sign(&bytes, with: key)
    #expect(isSigned)
    return (key, bytes)
  }

  @Test func whatIsWrittenIsRead() throws {
    for kind in [GossipHeader.ProofKind.signature, .clusterKey] {
      for priority in GossipHeader.Priority.allCases {
        var header = Self.header(kind)
        header.priority = priority
        var bytes = Self.frame(header)
        var span = bytes.mutableSpan
        MessageFrame.setHop(9, of: kind, in: &span)
        let read = MessageFrame(bytes.span)
        let frame = try #require(read)
        #expect(frame.header == header && frame.hop == 9 && !frame.isCompressed && frame.dictionary == 0)
        #expect(Array(bytes[frame.payload]) == [1, 2, 3])
        for length in 0..<bytes.count {
          let cut = Array(bytes.prefix(length))
          #expect(MessageFrame(cut.span) == nil)
        }
      }
    }
  }

  /// Each field counts, and none can be shifted into another; by content only topic and payload do.
  @Test func idsAreOfAllFields() {
    let one = Self.header()
    var others = [GossipHeader](repeating: one, count: 5)
    others[0].topic ^= 1
    others[1].origin = Bytes32([8])
    others[2].epoch = 4
    others[3].sequence = 5
    others[4].content = Bytes32([1])
    #expect(Set(others.map { $0.id() } + [one.id()]).count == 6)
    #expect(Set(others.map { $0.id(byContent: true) } + [one.id(byContent: true)]).count == 3)
    #expect(one.id() != one.id(byContent: true))
    // How it is sent on does not.
    var sent = one
    (sent.createdMS, sent.lifeMS, sent.priority, sent.proof) = (6, 7, .bulk, .clusterKey)
    #expect(sent.id() == one.id())
  }

  /// Made with Python's hashlib.blake2b: digest_size 32, salt "hearsay gossip" and person the purpose, both filled up with zeros.
  @Test func hashesAreBLAKE2bForTheirPurpose() {
    let bytes = (0...255).map { UInt8($0) }
    let content = "e8940b9d8c1344a40ce33d8d3b11ab7584fac90c5161b60f6fc4c9055ae8c16f"
    #expect(GossipHeader.content(of: bytes.span).description == content)
    let empty: [UInt8] = []
    let ofNothing = "3d5bfc3366abbc8b2734ba76494e5adc7a720292914c4f2b6ef67903112e1fb5"
    #expect(GossipHeader.content(of: empty.span).description == ofNothing)
    #expect(GossipHeader.topic("weather") == 0x849f_70af_5c16_1fd5)
    #expect(Self.header().id().array == Self.bytes("f9cbd2429dc4c5ca072cd5c057b3ff57"))
    #expect(Self.header().id(byContent: true).array == Self.bytes("d3147f96fa1e8b458ed0f76bfc82c6f4"))
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).map { place in
      UInt8(hex.dropFirst(place).prefix(2), radix: 16) ?? 0
    }
  }

  /// Every bit of the header and of the signature counts.
  @Test func signaturesHold() throws {
    let (_, bytes) = try Self.signed()
    #expect(Self.holds(bytes) == true)
    #expect(Self.holds(bytes, signatures: false) == false)
    for place in 0..<GossipHeader.size + 64 {
      for bit in 0..<8 as Range<UInt8> {
        var other = bytes
        other[place] ^= 1 << bit
        #expect(Self.holds(other) != true, "bit \(bit) of byte \(place)")
      }
    }
    // What changes on the way does not.
    var later = bytes
    var span = later.mutableSpan
    MessageFrame.setHop(200, of: .signature, in: &span)
    #expect(Self.holds(later) == true)
  }

  @Test func clusterKeysHold() {
    var bytes = Self.frame(Self.header(.clusterKey))
    let ring = Keyring(Self.secrets[0])
    let isSealed = MessageProof.seal(&bytes, with: ring)
    #expect(isSealed && Self.holds(bytes, ring: ring) == true)
    #expect(Self.holds(bytes) == false && Self.holds(bytes, ring: Keyring(Self.secrets[1])) == false)
    for place in 0..<GossipHeader.size + 36 {
      var other = bytes
      other[place] ^= 1
      #expect(Self.holds(other, ring: ring) != true, "byte \(place)")
    }
  }

  /// Two members whose keys change in any order of the steps that is allowed understand each other all the time.
  @Test func keysRotate() {
    var rings = [Keyring(Self.secrets[0]), Keyring(Self.secrets[0])]
    let (old, new) = (Keyring.id(of: Self.secrets[0]), Keyring.id(of: Self.secrets[1]))
    func understand() -> Bool {
      [(0, 1), (1, 0)].allSatisfy { from, to in
        var bytes = Self.frame(Self.header(.clusterKey))
        return MessageProof.seal(&bytes, with: rings[from]) && Self.holds(bytes, ring: rings[to]) == true
      }
    }
    let steps: [(inout Keyring) -> Bool] = [
      { $0.install(Self.secrets[1]) }, { $0.use(new) }, { $0.remove(old) },
    ]
    for step in steps {
      for member in [1, 0] {
        let isDone = step(&rings[member])
        #expect(isDone && understand())
      }
    }
    #expect(rings.map(\.ids) == [[new], [new]])
    let wrong = [rings[0].use(old), rings[0].remove(new), rings[0].remove(old)]
    #expect(wrong == [false, false, false])
    for number in 0..<20 { _ = rings[0].install(Bytes32([UInt8(number), 77])) }
    #expect(rings[0].ids.count == Keyring.keysMax)
  }

  @Test func framesOfBytesThatAreNone() {
    var random = RandomStream(seed: Seed(1))
    let bytes = Self.frame(Self.header())
    for _ in 0..<20_000 {
      var other = bytes
      for _ in 0..<1 + random.below(4) { other[Int(random.below(UInt64(bytes.count)))] = UInt8(random.below(256)) }
      guard let frame = MessageFrame(other.span) else { continue }
      #expect(frame.isCompressed || frame.payload.count == Int(frame.header.payloadSize))
      _ = Self.holds(other, ring: Keyring(Self.secrets[0]))
    }
  }
}
