import MixNet

// Nodes that stand still.
extension ClusterRun {
  /// One node in eight does.
  func isStalling(_ number: Int) -> Bool { scenario.stalls && number % 8 == 7 }

  /// Once in each minute each of them does nothing for 5 to 30 seconds, all at a time of their own.
  func planStalls(minutes: Int) {
    for minute in 0..<minutes {
      for number in honest where isStalling(number) {
        let start = Nanos.s(60) * UInt64(minute) + .ms(random.below(30_000))
        let time = Nanos.ms(5_000 + random.below(25_000))
        world.at(world.now + start) { world in world.stall(world.nodes[number], for: time) }
      }
    }
  }
}
