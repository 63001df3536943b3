import OrderedJSON

/// A node's status as a person reads it.
struct StatusTable {
  private let status: JSON

  init(_ status: JSON) { self.status = status }

  var text: String {
    let name = status["name"]?.text ?? ""
    let seconds = (status["uptime_ms"]?.int ?? 0) / 1_000
    var parts = [
      "node '\(name)': \(status["state"]?.text ?? "") for \(seconds) s, \(status["workers"]?.int ?? 0) workers, "
        + "\(status["clients"]?.int ?? 0) clients, \(Terminal.size(status["memory_bytes"]?.int ?? 0)) configured"
    ]
    let refused = (status["links_refused"]?.fields ?? []).map { "\($0.1.int ?? 0) by \($0.0)" }
    if !refused.isEmpty { parts.append("connections not let in: " + refused.joined(separator: ", ")) }
    let closed = (status["links_closed"]?.fields ?? []).map { "\($0.1.int ?? 0) \($0.0)" }
    if !closed.isEmpty { parts.append("connections that ended or failed: " + closed.joined(separator: ", ")) }
    for chain in status["chains"]?.list ?? [] { parts.append(text(of: chain, seconds: seconds)) }
    let links = status["links"]?.list ?? []
    if !links.isEmpty { parts.append(table(links)) }
    return parts.joined(separator: "\n\n")
  }

  private func text(of chain: JSON, seconds: Int) -> String {
    var lines = ["chain '\(chain["name"]?.text ?? "")'"]
    let counters = (chain["counters"]?.fields ?? []).filter { ($0.1.int ?? 0) > 0 }
    let words =
      counters.map { "\($0.0) \($0.1.int ?? 0)" } + [
        "held \(chain["held"]?.int ?? 0)", "queued \(chain["queued"]?.int ?? 0)",
      ]
    lines.append("  " + words.joined(separator: ", "))
    if let target = status["target_throughput"]?.int, target > 0, seconds > 0 {
      let rate = (counters.first { $0.0 == "received" }?.1.int ?? 0) / seconds
      lines.append("  \(rate) packets a second on average; the target is \(target)")
    }
    for (word, key) in [("dropped", "dropped"), ("taken by a stage", "consumed"), ("given up", "asides")] {
      for entry in chain[key]?.list ?? [] {
        let reason = key == "consumed" ? "" : " \(entry["reason"]?.text ?? "")"
        lines.append("  \(word): \(entry["count"]?.int ?? 0) by \(entry["stage"]?.text ?? "")\(reason)")
      }
    }
    for (stage, fields) in chain["stages"]?.fields ?? [] {
      lines.append("  \(stage): " + (fields.fields ?? []).map { "\($0.0) \($0.1.line)" }.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }

  private func table(_ links: [JSON]) -> String {
    let headings = [
      "link", "kind", "chain", "with", "state", "frames in", "out", "queued", "dropped", "failures", "round trip us",
    ]
    let rows = links.map { link in
      [
        link["id"]?.text ?? "", link["kind"]?.text ?? "", link["chain"]?.text ?? "",
        (link["dialled"]?.bool == true ? "to " : "from ") + (link["address"]?.text ?? ""),
        link["left_alone"]?.bool == true ? "left alone" : link["state"]?.text ?? "",
      ] + ["frames_in", "frames_out", "queued", "dropped", "failures", "round_trip_us"].map { "\(link[$0]?.int ?? 0)" }
    }
    return Terminal.table(headings, rows)
  }
}
