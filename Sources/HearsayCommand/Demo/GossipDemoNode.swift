import Gossip
import LinuxNet
import MixNet
import OrderedJSON

/// A node process of the gossip demo, with a connection to its door.
final class GossipDemoNode {
  let plan: GossipPlan.Node
  let number: Int
  private let child: ChildNode
  private let connection: FramedConnection
  /// Messages that were handed to it, in order, and are not answered; nil: another request.
  private var unanswered: [Int?] = []
  private var members: JSON?
  private(set) var isDead = false

  /// Starts the process, waits until it is ready, and subscribes to a topic.
  init(_ plan: GossipPlan.Node, number: Int, topic: String, _ loop: ClientLoop) throws(CommandError) {
    (self.plan, self.number) = (plan, number)
    let folder = plan.file.lastIndex(of: "/").map { String(plan.file[..<$0]) } ?? "."
    child = try ChildNode(name: plan.name, file: plan.file, log: "\(folder)/log")
    do throws(CommandError) {
      try child.waitUntilReady()
      do throws(NetworkError) {
        connection = try FramedConnection(to: plan.door, loop.network, frameMax: DoorAnswer.frameMax)
      } catch { throw CommandError(error.description) }
    } catch {
      child.kill()
      throw error
    }
    ask(.subscribe(topic: topic, history: false))
  }

  deinit {
    connection.close()
    child.kill()
  }

  var pid: Int32 { child.pid }
  var id: ConnectionID { connection.id }
  /// Messages that it has not answered.
  var load: Int { unanswered.count }
  /// It has answered everything that it was asked.
  var isIdle: Bool { unanswered.isEmpty }

  func handle(_ event: NetworkEvent) { connection.handle(event) }

  private func ask(_ request: DoorRequest) {
    unanswered.append(nil)
    connection.send(request.bytes)
  }

  func publish(_ number: Int, _ payload: [UInt8], topic: String) {
    unanswered.append(number)
    connection.send(DoorRequest.publish(topic: topic, priority: .normal, payload: payload).bytes)
  }

  /// Asks whom it knows; ``alive`` tells once it has answered.
  func askForMembers() {
    members = nil
    ask(.members)
  }

  /// How many nodes it knows to be there, itself with them; nil until it has answered.
  var alive: Int? { members?.list?.count { $0["status"]?.text == "alive" } }
  var hasNeighbour: Bool { members?.list?.contains { $0["neighbour"]?.bool == true } ?? false }

  /// Whether it knows the node at an address, and what it thinks of it.
  func status(of address: Address) -> String? {
    members?.list?.first { $0["address"]?.text == address.description }?["status"]?.text
  }

  /// What has come: payloads, and the numbers of messages that it has taken.
  func take(_ message: ([UInt8]) -> Void, taken: (Int) -> Void) throws(CommandError) {
    while let frame = connection.next() {
      guard let answer = DoorAnswer(frame) else { throw CommandError("\(plan.name) does not answer like a door") }
      switch answer {
      case .message(let one): message(one.payload)
      case .lost(let count): throw CommandError("\(plan.name) has dropped \(count) messages for the demo itself")
      case .failed(let sentence): throw CommandError("\(plan.name): \(sentence)")
      case .published(.refused(let reason)): throw CommandError("\(plan.name) refused a message: \(reason.rawValue)")
      case .json(let bytes):
        members = JSON(bytes)
        if !unanswered.isEmpty { unanswered.removeFirst() }
      case .done, .published:
        guard !unanswered.isEmpty else { continue }
        if let number = unanswered.removeFirst() { taken(number) }
      }
    }
    if let reason = connection.end, !isDead {
      throw CommandError("\(plan.name) (process \(pid)) is gone: \(child.death ?? reason.name); \(child.lastWords)")
    }
  }

  /// Ends it by force.
  func kill() {
    isDead = true
    child.kill()
    unanswered = []
  }

  func stop() { child.stop() }
  /// Its exit code, nil when it had to be ended by force.
  func wait() -> Int32? { child.wait(seconds: 20) }
}
