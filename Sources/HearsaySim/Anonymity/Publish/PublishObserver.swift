import Gossip
import MixNet
import SimNet

/// Someone who sees every frame on every link, its time, its size and both ends, and who reads what members of the cluster say to each other.
/// Of each message that appears there it says how likely each user is to have sent it.
///
/// On its way through the mixes it follows each packet that a user sends as ``LinkObserver`` does, so what leaves a mix is one of those that are in
/// it, each as likely as another: where delays are exponential that is what Bayes' rule gives, since of all ways to match what came with what
/// left, whoever came before, each is as likely as another. A message that a mix is the first to say is one more packet that left it. A
/// message that another host is the first to say is that host's own.
final class PublishObserver: StreamMeter {
  let links: LinkObserver
  private let mixes: UInt32
  private let clusterPort: UInt16
  private let senders: Int
  /// The users by their hosts.
  private let users: [UInt32: Int]
  private var ways: [Int: (number: UInt64, scanner: GossipScanner)] = [:]
  private var seen: Set<Bytes16> = []
  private(set) var sightings: [Sighting] = []
  /// Messages that nobody can have sent, as far as it could see.
  private(set) var odd = 0

  /// Looks at so many mixes and a cluster; users have hosts of these numbers. The mixes with a betrayal tell which packets they have made.
  init(mixes: Int, users: [UInt32: Int], betrayals: [Int: Betrayal] = [:]) {
    senders = users.count
    links = LinkObserver(clientPort: MixPlan.clientPort, mixes: mixes, targets: senders, betrayals: betrayals)
    links.sources = users
    (self.mixes, self.users, clusterPort) = (UInt32(mixes), users, ClusterPlan.port)
  }

  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
    guard passage.port == clusterPort else { return unsafe links.moved(bytes, passage) }
    guard passage.isWritten else { return }
    let place = 2 * passage.place + passage.side
    var way = ways.removeValue(forKey: place) ?? (passage.number, GossipScanner())
    if way.number != passage.number { way = (passage.number, GossipScanner()) }
    unsafe way.scanner.scan(bytes) { header, payload in said(by: passage.from, header, payload) }
    ways[place] = way
  }

  /// A host says a message; only the first host that does is of interest.
  private func said(by host: UInt32, _ header: GossipHeader, _ payload: [UInt8]) {
    guard let number = ClusterMessage.number(in: payload), seen.insert(header.id()).inserted else { return }
    let posterior: [Double]
    if host < mixes {
      posterior = links.ends(in: Int(host))
    } else {
      posterior = users[host].map { user in (0..<senders).map { $0 == user ? 1 : 0 } } ?? []
    }
    if posterior.isEmpty { odd += 1 } else { sightings.append(Sighting(number: number, posterior: posterior)) }
  }
}
