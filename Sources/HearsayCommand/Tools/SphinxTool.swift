import LinuxNet
import MixNet
import OrderedJSON
import Sphinx

/// Makes and opens Sphinx packets for other programs: one JSON object in, one out.
struct SphinxTool: ~Copyable {
  /// What it is asked to do with every line.
  enum Work: String, CaseIterable, Sendable {
    case create, unwrap
    case surbCreate = "surb-create"
    case surbReply = "surb-reply"
    case surbOpen = "surb-open"
  }

  let work: Work
  var sender = SphinxSender()
  private var random: RandomStream

  /// A tool whose own random choices follow from `seed`.
  init(_ work: Work, seed: Seed) {
    self.work = work
    random = RandomStream(seed: seed)
  }

  /// The answer to a line; to one that cannot be served, an object with the field `error`.
  mutating func answer(_ line: [UInt8]) -> String {
    do throws(LineError) {
      switch work {
      case .create: return try create(line).line
      case .unwrap: return try unwrap(line).line
      case .surbCreate: return try createSURB(line).line
      case .surbReply: return try reply(line).line
      case .surbOpen: return try open(line).line
      }
    } catch { return error.answer }
  }

  /// Random bytes.
  mutating func draw(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    random.fill(&span)
    return bytes
  }
}

extension JSON {
  /// Bytes as lower-case hex.
  static func hex(_ bytes: [UInt8]) -> JSON { .text(Hex.text(bytes)) }
}
