import MixNet

extension MailboxContract {
  /// Messages are kept, handed out and removed.
  static let messages: [Check] = [
    Check("nothing is kept for a client that nobody registered") { world in
      let desk = try world.makeDesk()
      try demand(try desk.store([1], for: client(1)), is: .unknownClient, "the refusal")
      try demand(try desk.numbers(client(1)), is: [], "what it has")
      try desk.remove(upTo: 9, for: client(1))
      try desk.register(client(1))
      try demand(try desk.numbers(client(1)), is: [], "what was refused")
    },
    Check("messages come back whole, numbered from 1 in the order in which they were stored") { world in
      let desk = try world.makeDesk()
      try desk.register(client(1))
      var wanted: [MailboxMessage] = []
      for (i, size) in [1, 0, 2_048, 70_000, 3].enumerated() {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ i) }
        let identifier = Bytes16([UInt8](repeating: UInt8(200 + i), count: 16))
        try demand(try desk.store(payload, for: client(1), identifier: identifier), is: nil, "the refusal")
        wanted.append(MailboxMessage(number: UInt64(i + 1), identifier: identifier, payload: payload))
      }
      try demand(try desk.fetch(client(1)) == wanted, "what was stored")
      try demand(try desk.fetch(client(1)) == wanted, "what was stored, once more")
    },
    Check("clients are numbered and kept apart, also those that differ in one bit") { world in
      let desk = try world.makeDesk()
      let others = [Bytes32([UInt8](repeating: 0, count: 32)), Bytes32([UInt8](repeating: 0, count: 31) + [1])]
      for other in others { try desk.register(other) }
      try desk.keep(1...3, for: others[0])
      try desk.keep(7...7, for: others[1])
      try demand(try desk.fetch(others[0]).map(\.payload), is: [[1], [2], [3]], "the first one's")
      try demand(try desk.fetch(others[1]).map(\.payload), is: [[7]], "the second one's")
      try desk.remove(upTo: 9, for: others[0])
      try demand(try desk.numbers(others[1]), is: [1], "the second one's, after a removal of the first one's")
    },
    Check("a fetch gives the oldest above a number, at most as many as asked for") { world in
      let desk = try world.makeDesk()
      try desk.register(client(1))
      try desk.keep(1...9, for: client(1))
      try demand(try desk.numbers(client(1), after: 2, limit: 3), is: [3, 4, 5], "three after 2")
      try demand(try desk.numbers(client(1), after: 7, limit: .max), is: [8, 9], "all after 7")
      try demand(try desk.numbers(client(1), after: 9), is: [], "after the last")
      try demand(try desk.numbers(client(1), after: .max), is: [], "after the last number of all")
      try demand(try desk.numbers(client(1), after: UInt64(Int64.max) + 1), is: [], "after half of all numbers")
      try demand(try desk.numbers(client(1), limit: 0), is: [], "none")
      try demand(try desk.numbers(client(1), limit: .min), is: [], "fewer than none")
    },
    Check("what is removed is gone, and its number is not given again") { world in
      let desk = try world.makeDesk()
      try desk.register(client(1))
      try desk.keep(1...4, for: client(1))
      try desk.remove(upTo: 2, for: client(1))
      try demand(try desk.numbers(client(1)), is: [3, 4], "after a removal up to 2")
      try desk.remove(upTo: 0, for: client(1))
      try desk.remove(upTo: 2, for: client(1))
      try demand(try desk.numbers(client(1)), is: [3, 4], "after removals of nothing")
      try desk.remove(upTo: .max, for: client(1))
      try demand(try desk.numbers(client(1)), is: [], "after the removal of all")
      try desk.register(client(1))
      try desk.keep(5...6, for: client(1))
      try demand(try desk.numbers(client(1)), is: [5, 6], "new ones")
    },
    Check("a client that is registered again keeps what it has") { world in
      let desk = try world.makeDesk()
      try desk.register(client(1))
      try desk.keep(1...2, for: client(1))
      try desk.register(client(1))
      try desk.keep(3...3, for: client(1))
      try demand(try desk.numbers(client(1)), is: [1, 2, 3], "what it has")
    },
    Check("jobs are done in order, each answered once") { world in
      let desk = try world.makeDesk()
      let kept = Answers<MailboxRefusal?>()
      let seen = Answers<Int>()
      try demand(desk.mailbox.register(client(1)), "a registration")
      for i in 0..<100 {
        let isTaken = desk.mailbox.store([UInt8(i)], identifier: Bytes16(), for: client(1)) { kept.add($0) }
        try demand(isTaken, "message \(i)")
        if i % 10 == 4 { try demand(desk.mailbox.remove(upTo: UInt64(i), for: client(1)), "a removal") }
        if i % 10 == 9 {
          let isTaken = desk.mailbox.fetch(for: client(1), after: 0, limit: 1_000) { seen.add($0?.count ?? 0) }
          try demand(isTaken, "a fetch")
        }
      }
      try demand(try kept.wait(100, world.settle).filter { $0 != nil }.count, is: 0, "refusals")
      // After i + 1 messages the removal has left those above i - 5.
      try demand(try seen.wait(10, world.settle), is: [Int](repeating: 6, count: 10), "what each fetch saw")
    },
  ]
}
