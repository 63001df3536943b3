public import MixNet

/// How processes end, and hosts come back.
extension SimHost {
  /// How a process ends before its time.
  public enum Crash: Sendable {
    /// It is killed, and its system closes its connections: with a reset where something was not read.
    case killed
    /// It is killed, and all its connections are reset.
    case reset
    /// The host loses power: its connections fall silent, and its disk loses what it had not kept.
    case power
  }

  /// Ends the process. ``restart()`` starts it again.
  public func crash(_ how: Crash) {
    trace(how == .power ? "power" : "crash")
    comeBackToken &+= 1
    if how == .power { isPowered = false }
    stopProcess()
    for stream in world.streams where stream.isInUse {
      for side in 0..<2 where stream.sides[side].host == number && stream.sides[side].state != .gone {
        end(stream, side, how)
      }
    }
    storage.dropJobs()
    isDiskBusy = false
    diskToken &+= 1
    if let line = disk.crash(losesPower: how == .power) { traceDisk(line) }
  }

  private func end(_ stream: Stream, _ side: Int, _ how: Crash) {
    switch how {
    case .power: world.vanish(stream, side: side)
    // What its system still sends is not the process's any more.
    case .killed, .reset:
      guard stream.sides[side].state != .closing else { return }
      let isUnread = stream.sides[1 - side].out.readable > 0
      world.close(stream, side: side, abort: how == .reset || isUnread || stream.sides[side].state == .waiting)
    }
  }

  private func stopProcess() {
    isUp = false
    for network in networks {
      for place in network.table.places {
        while let datagram = network.table[place].datagrams.popFirst() { world.datagrams.give(back: datagram) }
      }
      network.die()
    }
    listeners = [:]
    datagramSockets = [:]
    descriptors = 0
    networks = []
    let ended = reactors
    reactors = []
    for number in ended { world.slots[Int(number)].reactor = nil }
  }

  /// All reactors have ended by themselves: the process has, in good order.
  func processEnded() {
    endedBoot = boots
    finishJobs()
    crash(.killed)
  }

  /// The world is gone.
  func endOfWorld() {
    for network in networks { network.die() }
  }

  /// Lets the process stand still for a while; its system goes on. A longer pause wins.
  public func pause(for span: Nanos) {
    trace("pause")
    pausedUntil = max(pausedUntil, (world.now + span).ns)
  }

  /// Takes the power away and empties the disk.
  public func wipe() {
    crash(.power)
    trace("wipe")
    disk.wipe()
  }

  /// Plans to come back after a while.
  func comeBack(after span: Nanos) {
    comeBackToken &+= 1
    world.heap.push(at: (world.now + span).ns, .restart, who: number, token: comeBackToken)
  }

  func comeBack(_ token: UInt32) {
    guard token == comeBackToken, !isUp else { return }
    do { try restart() } catch { trace("bootfailure") }
  }
}
