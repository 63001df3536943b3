import MixHost
import MixNet
import SimNet

/// All members of a cluster, with a subscriber at each.
final class ClusterAudience {
  private var members: [(node: Node, reader: ClusterReader)] = []

  /// How often messages came, over all members and all of so many messages.
  struct Deliveries: Sendable, Equatable {
    var once = 0
    var missing = 0
    var repeated = 0
  }

  var readers: [ClusterReader] { members.map(\.reader) }
  var nodes: [Node] { members.map(\.node) }

  /// Subscribes at one more member.
  func add(_ node: Node) {
    let reader = ClusterReader()
    reader.begin(at: node)
    members.append((node, reader))
  }

  /// Lets the world go on until each knows all, for so long at most; false when they do not.
  func meet(in world: SimWorld, for time: Nanos) -> Bool {
    let end = world.now + time
    while world.now < end {
      for (node, reader) in members { reader.countNodes(of: node) }
      world.run(for: .ms(500))
      if readers.allSatisfy({ $0.nodes == members.count }) { return true }
    }
    return false
  }

  /// How often the messages of these numbers have come.
  func deliveries(of numbers: Range<Int>) -> Deliveries {
    var sum = Deliveries()
    for reader in readers {
      for number in numbers {
        switch reader.count(number) {
        case 0: sum.missing += 1
        case 1: sum.once += 1
        default: sum.repeated += 1
        }
      }
    }
    return sum
  }
}
