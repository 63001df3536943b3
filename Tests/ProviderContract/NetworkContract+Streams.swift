import MixNet

/// Bytes by which each place of a long stream is known.
private func pattern(_ range: Range<Int>) -> [UInt8] { range.map { UInt8($0 % 251) } }

extension NetworkContract {
  static let streams: [Check] = [
    Check("bytes arrive in order, both ways, through slices of any size") { world in
      let (network, near, far) = try world.pair()
      for piece in [1, 3, 16, 1_000] {
        let sent = pattern(piece..<piece + 48)
        try demand(network.write(near, sent, piece: piece), is: .moved(48), "a gathered write")
        try world.event(network, .connection(far), readable: true)
        try demand(network.read(far, 100, piece: 7).bytes, is: sent, "a scattered read")
        try demand(network.read(far, 100).result, is: .blocked, "nothing more")
        try demand(network.write(far, sent), is: .moved(48), "a write back")
        try demand(try world.receive(48, network, near), is: sent, "what comes back")
      }
    },
    Check("more slices than the system takes at once are written in part") { world in
      let (network, near, far) = try world.pair()
      let sent = pattern(0..<3_000)
      guard case .moved(let count) = network.write(near, sent, piece: 1), count <= sent.count else {
        throw ContractFailure(description: "3,000 slices are refused")
      }
      try demand(try world.receive(count, network, far), is: Array(sent.prefix(count)), "what arrives")
      try demand(network.write(near, sent), is: .moved(3_000), "a write")
      try world.event(network, .connection(far), readable: true)
      try demand(network.read(far, 3_000, piece: 2).bytes.first, is: 0, "3,000 bytes into 1,500 slices")
    },
    Check("one byte at a time") { world in
      let (network, near, far) = try world.pair()
      for byte in 0..<64 as Range<UInt8> {
        try demand(network.write(near, [byte]), is: .moved(1), "a write")
        try demand(try world.receive(1, network, far), is: [byte], "a read")
      }
    },
    Check("nothing to read into and nothing to write is no end") { world in
      let (network, near, far) = try world.pair()
      try demand(network.write(near, []), is: .blocked, "a write of nothing")
      try demand(network.write(near, [7]), is: .moved(1), "a write")
      try world.event(network, .connection(far), readable: true)
      try demand(network.read(far, 0).result, is: .blocked, "a read into nothing")
      try demand(network.read(far, 9).bytes, is: [7], "a read")
    },
    Check("who does not read makes the other wait, and what was taken arrives") { world in
      let (network, near, far) = try world.pair()
      network.setInterest(far, read: false, write: false)
      let sent = pattern(0..<1 << 16)
      var written = 0
      while case .moved(let count) = network.write(near, Array(sent[(written % sent.count)...])) {
        written += count
        try demand(written < 256 << 20, "a bound on what is on its way")
      }
      try demand(network.write(near, [1]), is: .blocked, "a full connection")
      network.setInterest(near, read: false, write: true)
      network.setInterest(far, read: true, write: false)
      var read = 0
      while read < written {
        try world.event(network, .connection(far), readable: true)
        while case (.moved(let count), let bytes) = network.read(far, 1 << 16) {
          let at = read % sent.count
          let wanted = Array((sent + sent)[at..<at + count])
          try demand(bytes == wanted, "the bytes \(read)..<\(read + count)")
          read += count
        }
      }
      try demand(read, is: written, "bytes read")
      try world.event(network, .connection(near), writable: true)
      try demand(network.write(near, [1]), is: .moved(1), "room again")
    },
    Check("what the other side's system has not said that it has") { world in
      let (network, near, far) = try world.pair()
      try demand(network.unacknowledged(near), is: 0, "nothing was written")
      network.setInterest(far, read: false, write: false)
      while case .moved = network.write(near, [UInt8](repeating: 7, count: 1 << 16)) {}
      try demand(network.unacknowledged(near) ?? 0 > 0, "a full connection has much under way")
      try world.pump([network], "the reading") {
        _ = network.read(far, 1 << 16)
        return network.unacknowledged(near) == 0
      }
      network.close(near, abort: false)
      try demand(network.unacknowledged(near) == nil, "a closed connection knows nothing")
    },
    Check("the end comes after the last byte, and again") { world in
      let (network, near, far) = try world.pair()
      let sent = pattern(0..<20_000)
      try demand(network.write(near, sent), is: .moved(sent.count), "a write")
      network.close(near, abort: false)
      let (bytes, end) = try world.finish(network, far)
      try demand(bytes == sent, "all \(sent.count) bytes, not \(bytes.count)")
      try demand(end, is: .ended, "the end")
      try demand(network.read(far, 1).result, is: .ended, "asked again")
    },
    Check("a close in good order loses nothing, even when something came that was not read") { world in
      let (network, near, far) = try world.pair()
      try demand(network.write(far, pattern(0..<5_000)), is: .moved(5_000), "a write that nobody reads")
      try world.event(network, .connection(near), readable: true)
      try demand(network.write(near, [9, 9]), is: .moved(2), "a last word")
      network.close(near, abort: false)
      let (bytes, end) = try world.finish(network, far)
      try demand(bytes, is: [9, 9], "the last word")
      try demand(end, is: .ended, "the end")
    },
    Check("a reset is told, to reads and to writes, again and again") { world in
      let (network, near, far) = try world.pair()
      network.close(near, abort: true)
      let end = try world.finish(network, far).end
      try demand(end, is: world.tellsReset ? .failed(.reset) : .ended, "what a read says")
      try demand(network.read(far, 1).result, is: end, "asked again")
      for _ in 0..<2 { try demand(network.write(far, [1]), is: .failed(.reset), "a write") }
    },
    Check("a connection without interest is silent, even when its other end is gone") { world in
      let (network, near, far) = try world.pair()
      network.setInterest(far, read: false, write: false)
      try demand(network.write(near, [5]), is: .moved(1), "a write")
      try world.silence(network)
      network.close(near, abort: true)
      try world.silence(network)
      network.setInterest(far, read: true, write: false)
      let event = try world.event(network, .connection(far), readable: true)
      try demand(!event.writable, "no write event unless it is wanted")
      network.setInterest(far, read: false, write: true)
      let other = try world.event(network, .connection(far), writable: true)
      try demand(!other.readable, "no read event unless it is wanted")
    },
    Check("a closed connection's name finds nothing, also when its place is used again") { world in
      let network = try world.makeNetwork()
      let listener = try world.listen(network)
      var seen: Set<ConnectionID> = []
      for _ in 0..<20 {
        let (near, far) = try world.pair(network, network, listener)
        try demand(seen.insert(near).inserted && seen.insert(far).inserted, "a new name")
        network.close(near, abort: true)
        network.close(far, abort: true)
      }
      let (near, far) = try world.pair(network, network, listener)
      for old in seen.sorted(by: { $0.raw < $1.raw }) {
        network.setInterest(old, read: true, write: true)
        network.close(old, abort: true)
        try demand(network.write(old, [1]), is: .failed(.local), "a write")
        try demand(network.read(old, 1).result, is: .failed(.local), "a read")
        try demand(network.finishConnect(old), is: .failed(.local), "a connect")
      }
      try demand(network.write(near, [1]), is: .moved(1), "the living one")
      try demand(try world.receive(1, network, far), is: [1], "the living one")
    },
  ]
}
