/// What an observer expects of the packets between mixes when each mix sends loops and drop messages at fixed rates: how many of those
/// that come to a mix go on, and how many leave it that it has made. All mixes of a layer are alike.
struct CoverModel {
  /// Packets a second for one mix of a layer: those that come from the layer before, or from clients, and those that come from the
  /// last layer to the first; of each, those that go on and those that end here.
  private struct Flow {
    var on = 0.0
    var ending = 0.0
    var onFromLast = 0.0
    var endingFromLast = 0.0
  }

  private var flows: [Flow]
  /// Packets a second that each mix makes.
  private let made: Double

  /// A network of so many layers of so many mixes, in which clients send `rate` messages a second in all and each mix `loops` and
  /// `drops` a second.
  init(layers: Int, width: Int, rate: Double, loops: Double, drops: Double) {
    made = loops + drops
    flows = [Flow](repeating: Flow(on: rate / Double(width)), count: layers)
    for own in 0..<layers {
      add((1...layers).map { (own + $0) % layers }, loops, from: own)
      add(own + 1 < layers ? Array(own + 1..<layers) : Array(0..<layers), drops, from: own)
    }
  }

  /// Packets that go through these layers, one mix of each, and end in the last of them.
  private mutating func add(_ route: [Int], _ perSecond: Double, from own: Int) {
    var before = own
    for (step, layer) in route.enumerated() {
      switch (step == route.count - 1, layer == 0 && before == flows.count - 1) {
      case (false, false): flows[layer].on += perSecond
      case (true, false): flows[layer].ending += perSecond
      case (false, true): flows[layer].onFromLast += perSecond
      case (true, true): flows[layer].endingFromLast += perSecond
      }
      before = layer
    }
  }

  /// How likely a packet that comes to a mix of a layer leaves it again by a link that clients' messages take.
  func goesOn(layer: Int, isFromLast: Bool, messages: Double) -> Double {
    let flow = flows[layer]
    if isFromLast { return part(flow.onFromLast, of: flow.onFromLast + flow.endingFromLast) }
    if layer == 0 { return 1 }
    // Of the last layer only messages go to clients.
    return part(layer == flows.count - 1 ? messages : flow.on, of: flow.on + flow.ending)
  }

  private func part(_ some: Double, of all: Double) -> Double { all > 0 ? some / all : 0 }

  /// Packets a second that a mix of a layer makes and sends by links that clients' messages take.
  func made(layer: Int) -> Double { layer == flows.count - 1 ? 0 : made }
}
