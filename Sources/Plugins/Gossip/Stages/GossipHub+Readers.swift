import MixHost
import MixNet

// Who reads what comes.
extension GossipHub {
  func subscribe(_ topic: String, _ reader: any GossipReader, withHistory: Bool) -> UInt64 {
    let topic = GossipHeader.topic(topic)
    let number = readerList.add(reader, of: topic)
    if let tape { tape.note(.call(.subscribe(topic), at: looked)) }
    core.subscribe(topic)
    if withHistory { core.history(of: topic) { noteDelivery(unread: reader.take($0) ? 0 : 1) } }
    return number
  }

  func unsubscribe(_ number: UInt64) {
    guard let topic = readerList.remove(number) else { return }
    if let tape { tape.note(.call(.unsubscribe(topic), at: looked)) }
    core.unsubscribe(topic)
  }

  var readers: Int { readerList.count }
}
