import OrderedJSON

/// What the nodes of a demo say of their cover.
struct DemoCover {
  /// More cover than usual, so that a demo of a second has some, from when all nodes are up. All nodes together send as much however
  /// many they are: else there were no moment in which nothing is under way, for the accounts.
  static func tables(nodes: Int) -> String {
    let share = max(1, (nodes + 2) / 3)
    return "[cover_traffic]\nstart_ms = \(300 + 300 * nodes)\nloop_interval_ms = \(200 * share)\n"
      + "drop_interval_ms = \(500 * share)\nmean_delay_ms = 10\n"
  }

  private let isAlone: Bool
  private(set) var loopsSent = 0
  private(set) var loopsBack = 0
  private(set) var loopsLost = 0
  private(set) var dropsSent = 0
  private(set) var alarms = 0

  init(_ statuses: [(name: String, status: JSON)]) {
    isAlone = statuses.count < 2
    for (_, status) in statuses {
      for chain in status["chains"]?.list ?? [] {
        let stage = chain["stages"]?["cover_traffic"]
        func count(_ name: String) -> Int { stage?[name]?.int ?? 0 }
        loopsSent += count("loops_sent")
        loopsBack += count("loops_back")
        loopsLost += count("loops_lost")
        dropsSent += count("drops_sent")
        alarms += count("alarms")
      }
    }
  }

  /// Loops that were lost, or none that came home: in a demo nobody loses any.
  var faults: [String] {
    if loopsLost > 0 { return ["\(loopsLost) loops did not come home"] }
    return loopsBack == 0 && !isAlone ? ["no loop has come home"] : []
  }

  var text: String {
    "cover: \(loopsSent) loops sent, \(loopsBack) came home, \(loopsLost) lost; \(dropsSent) drop messages; \(alarms) alarms"
  }

  var json: JSON {
    .object([
      ("loops_sent", .int(loopsSent)), ("loops_back", .int(loopsBack)), ("loops_lost", .int(loopsLost)),
      ("drops_sent", .int(dropsSent)), ("alarms", .int(alarms)),
    ])
  }
}
