import MixNet

@testable import MixHost

/// Nodes of the plain relay, small ones.
enum Relays {
  /// An exit with this service. `pipeline` are keys of that table, `more` are lines of tables besides.
  static func exit(
    service: String = "echo", workers: Int = 1, pool: Int = 1_024, frameMax: Int = 4_096, pipeline: String = "",
    more: String = "", in folder: Folder? = nil
  ) throws -> TestNode {
    let circuit = "type = \"exit\"\nservice = \"\(service)\""
    return try TestNode(text("exit", workers, pool, frameMax, circuit, pipeline, more), in: folder)
  }

  /// An entry, or a middle, before `next`.
  static func entry(
    to next: Address, workers: Int = 1, pool: Int = 1_024, frameMax: Int = 4_096, type: String = "entry",
    pipeline: String = "", more: String = ""
  ) throws -> TestNode {
    let circuit = "type = \"\(type)\"\nnext = \"\(next)\""
    return try TestNode(text(type, workers, pool, frameMax, circuit, pipeline, more))
  }

  private static func text(
    _ name: String, _ workers: Int, _ pool: Int, _ frameMax: Int, _ circuit: String, _ pipeline: String, _ more: String
  ) -> String {
    """
    [node]
    name = "\(name)"
    [chain.relay]
    listen = "127.0.0.1:0"
    decode = ["plain"]
    forward = ["circuit"]
    [circuit]
    \(circuit)
    [plain]
    frame_max = \(frameMax)
    [pipeline]
    workers = \(workers)
    pool_size = \(pool)
    \(pipeline)
    \(more)
    """
  }
}
