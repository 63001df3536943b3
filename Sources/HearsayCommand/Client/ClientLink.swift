import MixHost
import MixNet

/// A client's connection to one node: attaches by itself, then carries packets there and replies back.
final class ClientLink {
  /// A reply as the node delivers it.
  struct Message {
    let number: UInt64
    let identifier: Bytes16
    let payload: [UInt8]
  }

  private let node: NetworkDirectory.Node
  private let key: ClientKey
  private let connection: FramedConnection
  private(set) var isAttached = false
  private var broken: String?
  private var messages: [Message] = []
  private var first = 0

  init(_ node: NetworkDirectory.Node, _ key: ClientKey, _ network: any Network) throws(CommandError) {
    guard let address = node.clients else { throw CommandError("node '\(node.name)' takes no clients") }
    self.node = node
    self.key = key
    do throws(NetworkError) {
      connection = try FramedConnection(to: address, network, frameMax: 1 << 20)
    } catch { throw CommandError(error.description) }
  }

  var id: ConnectionID { connection.id }
  var waiting: Int { connection.waiting }
  var failure: String? {
    if wasRefused { return "node '\(node.name)' does not listen at \(node.clients?.description ?? "")" }
    return broken ?? connection.end.map { "node '\(node.name)' has closed the connection: \($0.name)" }
  }
  /// True when nobody listens at the node's address: it may not have started yet.
  var wasRefused: Bool { connection.end == .refused }

  func fail(_ sentence: String) { broken = broken ?? sentence }
  func send(_ frame: [UInt8]) { connection.send(frame) }
  func close() { connection.close() }

  func handle(_ event: NetworkEvent) {
    connection.handle(event)
    while let frame = connection.next() { take(frame) }
  }

  private func take(_ frame: [UInt8]) {
    switch frame.first.flatMap(ClientProtocol.Kind.init(rawValue:)) {
    case .challenge where !isAttached:
      guard let challenge = Challenge(frame.span) else { return fail("node '\(node.name)' speaks another version") }
      guard challenge.node == node.address else {
        return fail("the node at \(node.clients?.description ?? "") is not '\(node.name)'")
      }
      connection.send(key.attach(to: challenge))
    case .attached: isAttached = true
    case .message where frame.count > ClientProtocol.messagePrefixSize:
      let bytes = frame.span
      messages.append(
        Message(
          number: bytes.bigEndian(at: 1), identifier: Bytes16(bytes, at: 9),
          payload: Array(frame[ClientProtocol.messagePrefixSize...])))
    default: fail("node '\(node.name)' sent a frame that is none")
    }
  }

  /// The next reply; a kept one is acknowledged, so that the mailbox forgets it.
  func nextMessage() -> Message? {
    guard first < messages.count else {
      messages.removeAll(keepingCapacity: true)
      first = 0
      return nil
    }
    let message = messages[first]
    first += 1
    if message.number > 0 {
      var frame = [UInt8](repeating: ClientProtocol.Kind.received.rawValue, count: 9)
      var span = frame.mutableSpan
      span.put(bigEndian: message.number, at: 1)
      connection.send(frame)
    }
    return message
  }
}
