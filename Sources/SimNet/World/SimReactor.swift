public import MixNet

/// What runs on a simulated host: a worker of a node, or a part of a test.
///
/// The world gives it a turn when its network has events, when its network's waker was called, and when the time has
/// come that it asked for.
public protocol SimReactor: AnyObject {
  /// One turn. It takes its events from its network by a wait that is over at once, does what they and the time ask for,
  /// and says when it wants the next turn, on its host's clock; an instant in the past is at once, nil is the end: it
  /// gets no more turns.
  func turn() -> Instant?
}

/// A reactor and when it is due.
final class ReactorSlot {
  let host: SimHost
  let boot: UInt32
  let network: SimNetwork
  /// Nil before it is made and after it has ended.
  var reactor: (any SimReactor)?
  /// Before this it gets no turn: the last one has its price.
  var busyUntil: UInt64 = 0
  /// A turn is in the heap.
  var isRoused = false
  /// When it wants a turn.
  var wakeAt = UInt64.max
  /// The earliest entry of the heap for that time, and its token.
  var timerAt = UInt64.max
  var timerToken: UInt32 = 0
  /// What stands between the two numbers of a turn's line in the trace.
  let words: [UInt8]

  init(_ number: Int, host: SimHost, boot: UInt32, network: SimNetwork) {
    (self.host, self.boot, self.network) = (host, boot, network)
    words = [UInt8(ascii: " ")] + host.nameBytes + Array(" turn reactor=\(number) next=".utf8)
  }
}

extension SimWorld {
  /// Sees to it that a reactor gets a turn soon.
  func rouse(_ number: UInt32) { rouse(number, slots[Int(number)]) }

  private func rouse(_ number: UInt32, _ slot: ReactorSlot) {
    guard !slot.isRoused, slot.reactor != nil else { return }
    slot.isRoused = true
    heap.push(at: max(ns, slot.busyUntil), .turn, who: number, token: 0)
  }

  /// Sees to it that a reactor gets a turn at a time of the world. At most one entry of the heap stands for the times
  /// that it asks for, unless they come nearer.
  private func ask(_ number: UInt32, _ slot: ReactorSlot, at time: UInt64) {
    slot.wakeAt = time
    guard time < slot.timerAt else { return }
    slot.timerAt = time
    slot.timerToken &+= 1
    heap.push(at: max(time, ns), .timer, who: number, token: slot.timerToken)
  }

  func timerFired(_ number: UInt32, _ token: UInt32) {
    let slot = slots[Int(number)]
    guard slot.timerToken == token, slot.reactor != nil else { return }
    slot.timerAt = .max
    if slot.wakeAt <= ns {
      slot.wakeAt = .max
      rouse(number)
    } else if slot.wakeAt < .max {
      ask(number, slot, at: slot.wakeAt)
    }
  }

  func turn(_ number: UInt32) { turn(number, slots[Int(number)]) }

  private func turn(_ number: UInt32, _ slot: ReactorSlot) {
    guard let reactor = slot.reactor else {
      slot.isRoused = false
      return
    }
    if slot.host.pausedUntil > ns {
      heap.push(at: slot.host.pausedUntil, .turn, who: number, token: 0)
      return
    }
    slot.isRoused = false
    slot.busyUntil = ns + max(1, settings.turnCost.ns)
    turns += 1
    slot.host.turns += 1
    // What woke it is answered by this turn, unless it comes again within it.
    _ = slot.network.takeWake()
    let wish = reactor.turn()
    // The turn may have crashed its own host.
    guard slot.reactor != nil else { return }
    if trace.isOn {
      trace.begin(ns, slot.words, wish?.ns ?? 0)
      trace.end()
    }
    guard let wish else { return end(number) }
    if slot.network.isReady || slot.network.isWoken { return rouse(number, slot) }
    let time = slot.host.clock.worldTime(of: wish)
    if time <= ns { rouse(number, slot) } else { ask(number, slot, at: time) }
  }

  /// A reactor has ended; when all of a host's have, its process has.
  private func end(_ number: UInt32) {
    slots[Int(number)].reactor = nil
    let host = slots[Int(number)].host
    if host.reactors.allSatisfy({ slots[Int($0)].reactor == nil }) { host.processEnded() }
  }

  /// Carries out what wakers and storages have left.
  func answerBell() {
    guard bell.hasRung else { return }
    bell.answer(into: &rings)
    for ring in rings {
      switch ring {
      case .reactor(let number): rouse(number)
      case .disk(let number): hosts[Int(number)].storageRang()
      }
    }
  }
}
