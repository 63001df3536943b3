import MixHost
import MixNet
import SimNet

/// Who sends and who receives in a measured network, and what they say of their messages.
extension AnonymityRun {
  /// Starts the nodes, the receivers and the senders.
  func boot() {
    for node in nodes {
      do { try node.boot() } catch { fail("\(node.host.name) does not start: \(error)") }
    }
    for node in plan.layers.last ?? [] {
      guard let receiver = boot("receiver-\(node + 1)", attachedTo: [node]) else { continue }
      receivers[node] = receiver.key.address
      receiver.work = { [unowned self] in receive($0, $1) }
    }
    for number in 0..<AnonymitySettings.senders {
      let sender = PoissonSender(self, number, from: world.now + AnonymitySettings.start)
      boot("sender-\(number + 1)", attachedTo: plan.layers.first ?? [])?.work = { sender.send(by: $0, $1) }
    }
  }

  /// Starts a client that attaches to some nodes.
  @discardableResult
  func boot(_ name: String, attachedTo nodes: [Int]) -> Correspondent? {
    let host = world.host(named: name)
    let key = ClientKey(seed: Array(name.utf8))
    let doors = nodes.compactMap { node in plan.directory.nodes[node].clients.map { (node, $0) } }
    var made: Correspondent?
    do {
      try host.boot { environments in
        made = try environments.first.map { try Correspondent($0, key, doors) }
        return made.map { [$0] } ?? []
      }
    } catch { fail("\(name) does not start: \(error)") }
    if let made { clients.append(made) }
    return made
  }

  // MARK: Messages

  /// Where a message goes that takes this route.
  func receiver(behind route: [Int]) -> Bytes32? { route.last.flatMap { receivers[$0] } }

  /// By its number the receiver knows the message that is sent next; it lies under all layers.
  var nextIdentifier: Bytes16 { Bytes16(words: [UInt64(messages), 1]) }

  /// A message will be sent now in this packet.
  func sends(_ packet: [UInt8], _ now: Instant) {
    let identifier = nextIdentifier
    whenSent(messages, packet)
    sentAt.append(now)
    if challenge != nil {
      if let user = challenge?.draw(now) { observer.expect(packet, asTarget: user) }
      return
    }
    guard followsSenders, now >= begin, targetsSent < settings.targets, messages % settings.messagesPerTarget == 0
    else { return }
    follow(packet, identifier)
  }

  /// The message in this packet, which its receiver will know by this, is the next target.
  func follow(_ packet: [UInt8], _ identifier: Bytes16) {
    observer.expect(packet, asTarget: targetsSent, identifier)
    targetsSent += 1
  }

  private func receive(_ receiver: Correspondent, _ now: Instant) -> Instant {
    for wire in receiver.wires {
      for message in wire.takeMessages() {
        let number = Int(clamping: message.identifier.words[0])
        if sentAt.indices.contains(number) {
          latencies.append(now - sentAt[number])
          whenReceived(number, message.payload)
        } else {
          fail("an odd message came")
        }
      }
    }
    return .never
  }
}
