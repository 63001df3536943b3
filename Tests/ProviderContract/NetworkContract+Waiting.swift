import MixNet

extension NetworkContract {
  static let waiting: [Check] = [
    Check("a wait lasts until its deadline, and one in the past only looks") { world in
      let (network, near, far) = try world.pair()
      for span in [Nanos.us(150), .ms(1), .us(4_300)] {
        let deadline = world.clock.now + span
        var turns = 0
        while world.clock.now < deadline {
          try demand(world.events(network, until: deadline).isEmpty, "no event")
          turns += 1
        }
        try demand(turns <= 3, "\(turns) turns in one wait of \(span.ns) ns")
      }
      try demand(world.events(network, until: .zero).isEmpty, "nothing to see")
      try demand(network.write(near, [1]), is: .moved(1), "a write")
      try world.pump([network], "a byte") {
        world.events(network, until: .zero).contains { $0.source == .connection(far) && $0.readable }
      }
      try demand(!world.events(network, until: nil).isEmpty, "for ever ends with an event")
      try demand(!world.events(network, until: .never).isEmpty, "and so does never")
    },
    Check("events are told until they are acted on") { world in
      let (network, near, far) = try world.pair()
      try demand(network.write(near, [1, 2]), is: .moved(2), "a write")
      for _ in 0..<3 { try world.event(network, .connection(far), readable: true) }
      try demand(network.read(far, 1).bytes, is: [1], "one of two bytes")
      try world.event(network, .connection(far), readable: true)
      try demand(network.read(far, 9).bytes, is: [2], "the other")
      try world.silence(network)
    },
    Check("no event is told of what was closed after it had come") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      let (a, b) = (try world.pair(network, network, listener), try world.pair(network, network, listener))
      for near in [a.near, b.near] { try demand(network.write(near, [1]), is: .moved(1), "a write") }
      try world.event(network, .connection(a.far), readable: true)
      try world.event(network, .connection(b.far), readable: true)
      network.close(a.far, abort: true)
      network.close(a.near, abort: true)
      let c = try world.pair(network, network, listener)
      for _ in 0..<5 {
        let found = world.events(network, until: world.clock.now + .ms(1)).map(\.source)
        try demand(found, is: [.connection(b.far)], "the events of \(a.far), \(b.far) and \(c.far)")
      }
    },
    Check("a wait fills no more than the room it is given, and nobody starves") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      var waiting: Set<NetworkEvent.Source> = []
      for _ in 0..<12 {
        let (near, far) = try world.pair(network, network, listener)
        try demand(network.write(near, [1]), is: .moved(1), "a write")
        waiting.insert(.connection(far))
      }
      var events: [NetworkEvent] = []
      events.reserveCapacity(2)
      let room = events.capacity
      try demand(room < 12, "a small room, not \(room)")
      for _ in 0..<200 {
        events.removeAll(keepingCapacity: true)
        world.wait(network, until: world.clock.now + .ms(1), into: &events)
        try demand(events.capacity, is: room, "the room")
        for event in events { waiting.remove(event.source) }
      }
      try demand(waiting.isEmpty, "\(waiting.count) that were never told")
      let filler = NetworkEvent(.listener(listener.id), readable: false, writable: false)
      var full = [filler]
      full.append(contentsOf: repeatElement(filler, count: full.capacity - full.count))
      let count = full.count
      world.wait(network, until: nil, into: &full)
      try demand(full.count, is: count, "no room at all")
    },
    Check("a wake ends the next wait, once") { world in
      let network = try world.makeNetwork()
      for _ in 0..<3 {
        network.waker.wake()
        network.waker.wake()
        let start = world.clock.now
        try demand(world.events(network, until: start + .s(3)).isEmpty, "a wake is no event")
        try demand(world.clock.now - start < .s(2), "the wait ended at the wake")
        try world.silence(network)
      }
    },
    Check("a wake does not hide an event") { world in
      let (network, near, far) = try world.pair()
      try demand(network.write(near, [1]), is: .moved(1), "a write")
      try world.event(network, .connection(far), readable: true)
      network.waker.wake()
      try demand(world.events(network, until: nil).map(\.source), is: [.connection(far)], "the event")
    },
  ]
}
