import MixNet

/// What the first of a chain's stages has read of messages, until the last one is done with them. Packets go by tickets; a message whose place
/// another one has taken meanwhile is read again.
struct CarriedMessages: ~Copyable {
  private var messages: [GossipCore.ArrivedMessage?]
  private var tickets: [UInt64]
  /// 0 is no ticket.
  private var last: UInt64 = 0

  /// Room for what a head takes at once before the tail has its turn: eight batches.
  init(batch: Int) {
    let count = max(1, 8 * batch)
    messages = [GossipCore.ArrivedMessage?](repeating: nil, count: count)
    tickets = [UInt64](repeating: 0, count: count)
  }

  private func place(_ ticket: UInt64) -> Int { Int(ticket % UInt64(messages.count)) }

  /// Keeps a message; the ticket finds it.
  mutating func add(_ message: GossipCore.ArrivedMessage) -> UInt64 {
    last &+= 1
    let place = place(last)
    (messages[place], tickets[place]) = (message, last)
    return last
  }

  subscript(ticket: UInt64) -> GossipCore.ArrivedMessage? {
    let place = place(ticket)
    return ticket != 0 && tickets[place] == ticket ? messages[place] : nil
  }

  mutating func remove(_ ticket: UInt64) {
    let place = place(ticket)
    if tickets[place] == ticket { messages[place] = nil }
  }
}
