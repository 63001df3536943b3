import MixNet
import Synchronization

extension FuzzTarget {
  /// A client: acknowledgements of any number, before and after what it was sent; and those who send to it.
  static let mailbox = FuzzTarget(
    name: "mailbox", summary: "clients and senders: what is kept for clients that are away", sizeMax: 256,
    seeds: { _ in
      [[0, 1, 1, 1, 2, 1, 0, 3, 1, 1], [0, 0, 1, 0, 4, 0, 255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 9]]
    }
  ) { { tryMailbox(Input($0)) } }
}

private func tryMailbox(_ input: Input) {
  var input = input
  let wall = Mutex<Int64>(0)
  let limits = MailboxLimits(messagesMax: 12, clientMax: 5, clientsMax: 3, keep: .s(10))
  let mailbox = MemoryMailbox(limits, wall: { WallTime(ns: wall.withLock { $0 }) })
  while !input.isEmpty {
    let choice = input.byte() % 6
    let client = Bytes32([input.byte() % 5])
    switch choice {
    case 0: _ = mailbox.register(client)
    case 1: _ = mailbox.store([input.byte()], identifier: Bytes16(), for: client) { _ in }
    case 2:
      let after = UInt64(input.byte())
      _ = mailbox.fetch(for: client, after: after, limit: Int(input.byte()) - 3) { found in
        let messages = found ?? []
        check(messages.count <= 5, "\(messages.count) messages for one client")
        for (one, next) in zip(messages, messages.dropFirst()) { check(one.number < next.number, "out of order") }
        check(messages.allSatisfy { $0.number > after }, "an older message")
      }
    case 3: _ = mailbox.remove(upTo: UInt64(input.byte()), for: client)
    case 4: _ = mailbox.remove(upTo: input.number(8), for: client)
    default: wall.withLock { $0 = Int64(truncatingIfNeeded: input.number(8)) }
    }
  }
}
