/// What a stage is for. The role is the key in the configuration, and the roles have one order, so a wrong order cannot be
/// written.
public enum StageRole: UInt8, CaseIterable, Sendable {
  /// Turns bytes into a packet with an id and a route.
  case decode
  /// Looks, and refuses.
  case verify
  /// Says how long a packet waits.
  case delay
  /// Holds packets and lets them go in an order of its own.
  case mix
  /// Says where packets leave.
  case forward
  /// Looks on.
  case observe

  /// The key in a chain's table.
  public var name: String {
    switch self {
    case .decode: "decode"
    case .verify: "verify"
    case .delay: "delay"
    case .mix: "mix"
    case .forward: "forward"
    case .observe: "observe"
    }
  }
}

/// The moments in the life of a packet at which stages are called, in their order.
public enum Phase: UInt8, CaseIterable, Comparable, Sendable {
  /// Admission: link, size and arrival alone.
  case admission
  /// The header's decoding.
  case decode
  /// Verification.
  case verify
  /// The decode stage's second call, for the survivors.
  case finish
  /// The delay stages. The tail begins here.
  case delay
  /// The mix stages.
  case mix
  /// The forward stages.
  case forward

  /// Orders by the life of a packet.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// The word that operators see.
  public var name: String {
    switch self {
    case .admission: "admission"
    case .decode: "decode"
    case .verify: "verify"
    case .finish: "finish"
    case .delay: "delay"
    case .mix: "mix"
    case .forward: "forward"
    }
  }
}
