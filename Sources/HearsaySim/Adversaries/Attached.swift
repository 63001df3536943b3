public import MixNet

/// An adversary's way in as a client: a connection to each of some nodes, attached under a key of its own, and made again when
/// it breaks.
public final class Attached {
  private let wires: RawWires
  private let targets: [AdversaryPost.Target]
  private let places: [Int]
  private let key: ClientKey
  private var retry: Pace

  private static let greeting = 0
  private static let attached = 2

  /// Attaches to the targets at `places`.
  public init(_ wires: RawWires, _ targets: [AdversaryPost.Target], places: [Int], _ random: inout RandomStream) {
    (self.wires, self.targets, self.places) = (wires, targets, places)
    var seed = [UInt8](repeating: 0, count: 32)
    var span = seed.mutableSpan
    random.fill(&span)
    key = ClientKey(seed: seed)
    retry = Pace(perSecond: 2, from: wires.now)
  }

  /// Makes connections and answers challenges; says when it wants to be called again.
  public func keepUp() -> Instant {
    for wire in wires.wires {
      guard let frame = wire.takeFrame() else { continue }
      if wire.step == Self.greeting, let challenge = Challenge(frame.span) {
        wire.send(Self.frame(key.attach(to: challenge)))
        wire.step += 1
      } else if frame.first == ClientProtocol.Kind.attached.rawValue {
        wire.step = Self.attached
      }
    }
    if retry.isDue(wires.now) {
      for place in places where !wires.wires.contains(where: { $0.target == place }) {
        wires.connect(targets[place].clients, target: place)
      }
    }
    return retry.next
  }

  /// Whether it is attached to a target.
  public func isAttached(to target: Int) -> Bool {
    wires.wires.contains { $0.target == target && $0.step == Self.attached }
  }

  /// Sends a packet to a target; false when it is not attached there, or cannot send so much.
  public func send(_ packet: [UInt8], to target: Int) -> Bool {
    guard let wire = wires.wires.first(where: { $0.target == target && $0.step == Self.attached }) else { return false }
    return wire.send(Self.frame([ClientProtocol.Kind.packet.rawValue] + packet))
  }

  /// Bytes as a raw frame.
  public static func frame(_ body: [UInt8]) -> [UInt8] {
    let size = UInt32(truncatingIfNeeded: body.count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } + body
  }
}
