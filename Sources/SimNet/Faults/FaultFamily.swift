/// What can go wrong in a world, by family. Each can be switched off by its name, and each has one rate: how often it
/// strikes an opportunity.
public enum FaultFamily: UInt8, CaseIterable, Sendable {
  // Each packet on a link: a segment of a stream or a datagram.
  /// It takes much longer than others.
  case latency
  /// It is lost. A stream sends it again, later.
  case loss
  /// A datagram comes twice.
  case duplicate
  /// A datagram is overtaken by later ones.
  case reorder
  /// Bits of a datagram are flipped.
  case corrupt
  /// Bits of a stream are flipped that its checksum missed.
  case flip
  /// A segment is cut short.
  case segment

  // Each read and write of a stream.
  /// It moves fewer bytes than it could.
  case partial
  /// The connection is cut: for both ends, or for one alone, or without a word to either.
  case close

  // Each connect, and each accept.
  /// It is refused, or never answered.
  case connect
  /// An accept finds no descriptor left.
  case descriptors

  // Each second of the world.
  /// The network is parted: in two, one host from all, or one way only.
  case partition
  /// Nothing moves on some links for a while, and then all at once.
  case clog

  // Each second of each host.
  /// Its process dies; the system resets its connections.
  case crash
  /// It loses power: its connections fall silent, and what its disk had not kept is lost.
  case power
  /// It loses power and comes back with an empty disk.
  case wipe
  /// Its process stands still for a while; its system goes on.
  case pause
  /// Its wall clock jumps.
  case jump
  /// Each boot of a host: its clocks run too fast or too slow.
  case drift

  // Each job of a disk.
  /// It takes much longer than others.
  case diskSlow
  /// It fails: an input or output error.
  case diskError
  /// It fails: no space is left.
  case diskFull
  /// A write fails when it is to be made lasting.
  case diskSync
  /// A write is answered as done and lost by the next loss of power.
  case diskLost
  /// A write is answered as done, and the next loss of power leaves only its beginning.
  case diskTorn
  /// A write is answered as done and lies in another file, or at another place of its own.
  case diskMisdirected
  /// Bits of what is written or read are flipped.
  case diskCorrupt

  // Each question for a host's name.
  /// It finds nothing, or is never answered.
  case names

  /// The name by which it is switched and counted.
  public var name: String {
    switch self {
    case .latency: "latency"
    case .loss: "loss"
    case .duplicate: "duplicate"
    case .reorder: "reorder"
    case .corrupt: "corrupt"
    case .flip: "flip"
    case .segment: "segment"
    case .partial: "partial"
    case .close: "close"
    case .connect: "connect"
    case .descriptors: "descriptors"
    case .partition: "partition"
    case .clog: "clog"
    case .crash: "crash"
    case .power: "power"
    case .wipe: "wipe"
    case .pause: "pause"
    case .jump: "jump"
    case .drift: "drift"
    case .diskSlow: "disk_slow"
    case .diskError: "disk_error"
    case .diskFull: "disk_full"
    case .diskSync: "disk_sync"
    case .diskLost: "disk_lost"
    case .diskTorn: "disk_torn"
    case .diskMisdirected: "disk_misdirected"
    case .diskCorrupt: "disk_corrupt"
    case .names: "names"
    }
  }

  /// The family with this name.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// How often a swarm lets it strike where it is on: rates from the first to the second, each power of two alike.
  var swarmRange: (Chance, Chance) {
    let (low, high): (UInt32, UInt32) =
      switch self {
      case .latency: (100, 50_000)
      case .loss: (100, 100_000)
      case .duplicate, .reorder: (100, 200_000)
      case .corrupt: (10, 10_000)
      case .flip: (1, 200)
      case .segment, .partial: (1_000, 800_000)
      case .names: (1_000, 500_000)
      case .close: (1, 1_000)
      case .connect: (1_000, 300_000)
      case .descriptors: (100, 100_000)
      case .partition, .clog: (1_000, 150_000)
      case .crash, .power: (500, 20_000)
      case .wipe: (100, 5_000)
      case .pause, .jump: (500, 30_000)
      case .drift: (100_000, 1_000_000)
      case .diskSlow: (1_000, 200_000)
      case .diskError, .diskFull, .diskSync, .diskLost, .diskTorn, .diskMisdirected, .diskCorrupt: (100, 30_000)
      }
    return (Chance(millionths: low), Chance(millionths: high))
  }
}
