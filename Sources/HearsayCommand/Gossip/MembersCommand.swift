import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let members = Command(
    name: "members", takes: "", summary: "shows the nodes of a gossip cluster as one of them knows it",
    options: DoorClient.options + [Option("json", nil, "one JSON object on standard output")]
  ) { arguments, registry in
    let client = try DoorClient.of(arguments, registry)
    guard case .json(let bytes) = try client.ask(.members), let list = JSON(bytes)?.list else {
      throw CommandError("the node did not answer with its members")
    }
    if arguments.has("json") {
      Terminal.out(JSON.object([("members", .list(list))]).line)
      return 0
    }
    let rows = list.map { member in
      [
        // Names are long, and a few digits tell them apart.
        String((member["node"]?.text ?? "").prefix(16)), member["address"]?.text ?? "", member["status"]?.text ?? "",
        member["self"]?.bool == true ? "this node" : member["neighbour"]?.bool == true ? "yes" : "",
        "\(member["incarnation"]?.int ?? 0)",
      ]
    }
    Terminal.out(Terminal.table(["node", "address", "status", "neighbour", "incarnation"], rows))
    return 0
  }
}
