import MixNet

@testable import MixHost

/// Nodes of the plain relay.
enum Relays {
  /// An exit with this service. `more` are lines of tables besides.
  static func exit(
    service: String = "echo", workers: Int = 1, idle: Int = 60, pipeline: String = "", more: String = "",
    listen: Address? = nil, in folder: Folder? = nil
  ) throws -> TestNode {
    try TestNode(
      text("exit", workers: workers, circuit: "type = \"exit\"\nservice = \"\(service)\"\nidle_s = \(idle)", pipeline, more, listen),
      in: folder)
  }

  /// An entry, or a middle, before `next`.
  static func entry(
    to next: Address, workers: Int = 1, type: String = "entry", circuit: String = "", pipeline: String = "",
    more: String = "", listen: Address? = nil
  ) throws -> TestNode {
    let tables = "type = \"\(type)\"\nnext = \"\(next)\"\n\(circuit)"
    return try TestNode(text(type, workers: workers, circuit: tables, pipeline, more, listen))
  }

  private static func text(
    _ name: String, workers: Int, circuit: String, _ pipeline: String, _ more: String, _ listen: Address?
  ) -> String {
    """
    [node]
    name = "\(name)"
    [chain.relay]
    listen = "\(listen ?? .loopback(port: 0))"
    decode = ["plain"]
    forward = ["circuit"]
    [circuit]
    \(circuit)
    [pipeline]
    workers = \(workers)
    \(pipeline)
    \(more)
    """
  }
}
