import MixNet

extension MailboxContract {
  /// A mailbox is never fuller than it may be.
  static let limits: [Check] = [
    Check("a client whose box is full leaves room for others") { world in
      let desk = try world.makeDesk(MailboxLimits(messagesMax: 100, clientMax: 3))
      try desk.register(client(1))
      try desk.register(client(2))
      try desk.keep(1...3, for: client(1))
      for byte in 4...6 as ClosedRange<UInt8> {
        try demand(try desk.store([byte], for: client(1)), is: .full, "the refusal")
      }
      try desk.keep(1...3, for: client(2))
      try desk.remove(upTo: 1, for: client(1))
      try desk.keep(7...7, for: client(1))
      try demand(try desk.store([8], for: client(1)), is: .full, "the refusal of one more")
      // What was refused has used no number.
      try demand(try desk.fetch(client(1)).map(\.payload), is: [[2], [3], [7]], "what it has")
      try demand(try desk.numbers(client(1)), is: [2, 3, 4], "their numbers")
    },
    Check("a full mailbox takes more when something is removed") { world in
      let desk = try world.makeDesk(MailboxLimits(messagesMax: 5, clientMax: 100))
      try desk.register(client(1))
      try desk.register(client(2))
      try desk.keep(1...4, for: client(1))
      try desk.keep(1...1, for: client(2))
      for i in 1...3 as ClosedRange<UInt8> {
        try demand(try desk.store([9], for: client(i)), is: i == 3 ? .unknownClient : .full, "the refusal")
      }
      try desk.remove(upTo: 2, for: client(1))
      try desk.keep(2...3, for: client(2))
      try demand(try desk.store([9], for: client(2)), is: .full, "the refusal when it is full again")
      try demand(try desk.numbers(client(1)), is: [3, 4], "the first one's")
      try demand(try desk.numbers(client(2)), is: [1, 2, 3], "the second one's")
    },
    Check("limits of zero and below keep nothing") { world in
      let desk = try world.makeDesk(MailboxLimits(messagesMax: 0, clientMax: -1))
      try desk.register(client(1))
      try demand(try desk.store([1], for: client(1)), is: .full, "the refusal")
      let empty = try world.makeDesk(MailboxLimits(clientsMax: -1))
      try empty.register(client(1))
      try demand(try empty.store([1], for: client(1)), is: .unknownClient, "the refusal")
    },
    Check("clients beyond the limit stay unknown while the others may have messages") { world in
      let desk = try world.makeDesk(MailboxLimits(clientsMax: 2, keep: .s(10)))
      for i in 1...3 as ClosedRange<UInt8> { try desk.register(client(i)) }
      try desk.keep(1...1, for: client(1))
      try desk.keep(1...1, for: client(2))
      try demand(try desk.store([1], for: client(3)), is: .unknownClient, "the refusal")
      try desk.remove(upTo: 1, for: client(1))
      try desk.register(client(3))
      try demand(try desk.store([1], for: client(3)), is: .unknownClient, "the refusal after a removal")
    },
    Check("the client that is away for longest makes room, and comes back to new numbers") { world in
      let desk = try world.makeDesk(MailboxLimits(clientsMax: 2, keep: .s(10)))
      for i in [2, 1] as [UInt8] {
        try desk.register(client(i))
        world.wall.ns += 1_000_000_000
      }
      try desk.keep(1...5, for: client(2))
      try desk.remove(upTo: 5, for: client(2))
      world.wall.ns += 60_000_000_000
      try desk.register(client(1))
      // The second is away for longest: it goes.
      try desk.register(client(3))
      try demand(try desk.store([1], for: client(2)), is: .unknownClient, "the refusal")
      try desk.keep(1...1, for: client(1))
      try desk.keep(1...1, for: client(3))
      try demand(try desk.numbers(client(1)), is: [1], "of one who stayed")
      try demand(try desk.numbers(client(3)), is: [6], "of the new one")
      // Too old messages keep nobody's place.
      world.wall.ns += 60_000_000_000
      try desk.register(client(1))
      try desk.register(client(2))
      try desk.keep(1...1, for: client(2))
      try demand(try desk.numbers(client(2)), is: [7], "of one who came back")
    },
  ]

  /// Messages are kept for a time.
  static let ages: [Check] = [
    Check("a message that is too old is handed out no more") { world in
      let desk = try world.makeDesk(MailboxLimits(keep: .s(10)))
      try desk.register(client(1))
      try desk.keep(1...2, for: client(1))
      world.wall.ns += 4_000_000_000
      try desk.keep(3...3, for: client(1))
      world.wall.ns += 6_000_000_000
      try demand(try desk.numbers(client(1)), is: [1, 2, 3], "at its full age")
      world.wall.ns += 1
      try demand(try desk.numbers(client(1)), is: [3], "a moment later")
      world.wall.ns += 10_000_000_000
      try demand(try desk.numbers(client(1)), is: [], "long after")
      try desk.keep(4...4, for: client(1))
      try demand(try desk.numbers(client(1)), is: [4], "a new one")
    },
    Check("messages that are too old make room") { world in
      for limits in [
        MailboxLimits(messagesMax: 3, clientMax: 100, keep: .s(10)),
        MailboxLimits(messagesMax: 100, clientMax: 3, keep: .s(10)),
      ] {
        let desk = try world.makeDesk(limits)
        try desk.register(client(1))
        try desk.keep(1...2, for: client(1))
        world.wall.ns += 5_000_000_000
        try desk.keep(3...3, for: client(1))
        try demand(try desk.store([9], for: client(1)), is: .full, "the refusal")
        world.wall.ns += 5_000_000_001
        try desk.keep(4...5, for: client(1))
        try demand(try desk.store([9], for: client(1)), is: .full, "the refusal when it is full again")
        try demand(try desk.numbers(client(1)), is: [3, 4, 5], "what it has")
      }
    },
    Check("a wall clock that jumps to its ends breaks nothing") { world in
      let desk = try world.makeDesk(MailboxLimits(keep: Nanos(.max)))
      try desk.register(client(1))
      for time in [0, .min, .max, 0, -1] as [Int64] {
        world.wall = WallTime(ns: time)
        try demand(try desk.store([1], for: client(1)), is: nil, "the refusal at \(time)")
        try desk.register(client(1))
      }
      world.wall = WallTime(ns: .min)
      try demand(try desk.numbers(client(1)), is: [1, 2, 3, 4, 5], "what it has")
    },
  ]
}
