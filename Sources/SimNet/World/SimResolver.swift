public import MixNet

/// The names of a simulated world, as one host looks them up: after a while, and not always.
public final class SimResolver: Resolver, @unchecked Sendable {
  // A world and all its reactors have one thread.
  private unowned let world: SimWorld
  private unowned let host: SimHost
  private var random: RandomStream
  private let boot: UInt32

  init(_ host: SimHost, boot: UInt32) {
    (self.world, self.host, self.boot) = (host.world, host, boot)
    random = host.world.seed.stream(.names(host.number, boot: boot))
  }

  /// Takes a question. The answer is what the name stands for when it is given, not when it was asked for.
  public func resolve(_ name: String, port: UInt16, done: @escaping @Sendable ([Address]) -> Void) -> Bool {
    let dice = Dice(word: random.next())
    let isStruck = dice.hits(.names, world.faults)
    if isStruck { world.fire(.names, host) }
    // Half of the questions that fail are never answered.
    if isStruck, dice.detail(.names, below: 2) == 0 { return true }
    let (host, boot) = (host, boot)
    world.after(world.settings.nameDelay.length(dice.bits(1_000))) { world in
      guard host.isUp, host.boots == boot else { return }
      done(isStruck ? [] : (world.names[name] ?? []).map { $0.withPort(port) })
    }
    return true
  }
}

extension SimWorld {
  /// Lets a name stand for these addresses (of whatever port) from now on; for nothing when there are none.
  public func name(_ name: String, _ addresses: [Address]) { names[name] = addresses.isEmpty ? nil : addresses }
}
