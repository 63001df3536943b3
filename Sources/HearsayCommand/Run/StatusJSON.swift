import MixHost
import MixNet
import OrderedJSON

extension NodeStatus {
  /// The status as `hearsay status --json` prints it.
  func json(uptimeMS: UInt64, targetThroughput: Int) -> JSON {
    .object([
      ("name", .text(name)), ("address", .text(address.description)),
      ("state", .text(isStopping ? "stopping" : "running")), ("uptime_ms", .uint(uptimeMS)),
      ("workers", .int(workers)), ("clients", .int(clients)),
      ("links_refused", .object(linksRefused.map { ($0.reason, .int($0.count)) })),
      ("links_closed", .object(linksClosed.map { ($0.reason, .int($0.count)) })),
      ("accepts_exhausted", .int(acceptsExhausted)), ("memory_bytes", .int(memory)),
      ("target_throughput", .int(targetThroughput)), ("chains", .list(chains.map(\.json))),
      ("links", .list(links.map(\.json))),
    ])
  }
}

extension ChainStatus {
  var json: JSON {
    .object([
      ("name", .text(name)), ("counters", .object(counters.map { ($0.name, .uint($0.count)) })),
      ("held", .int(held)), ("queued", .int(queued)), ("dropped", .list(dropped.map(\.json))),
      ("consumed", .list(consumed.map(\.json))), ("asides", .list(asides.map(\.json))),
      (
        "stages",
        .object(stages.map { stage in (stage.stage, .object(stage.fields.map { ($0.name, $0.value.json) })) })
      ),
    ])
  }
}

extension VerdictCount {
  var json: JSON { .object([("stage", .text(stage)), ("reason", .text(reason)), ("count", .uint(count))]) }
}

extension StatusField.Value {
  var json: JSON {
    switch self {
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .text(let value): .text(value)
    }
  }
}

extension LinkStatus {
  var json: JSON {
    .object([
      ("id", .text(id)), ("kind", .text(kind)), ("chain", .text(chain)), ("dialled", .bool(isDialled)),
      ("address", .text(address)), ("peer", peer.map { .text($0.description) } ?? .null), ("state", .text(state)),
      ("frames_in", .uint(framesIn)), ("frames_out", .uint(framesOut)), ("bytes_in", .uint(bytesIn)),
      ("bytes_out", .uint(bytesOut)), ("queued", .int(queued)), ("dropped", .uint(dropped)),
      ("connects", .uint(connects)), ("last_reason", lastReason.map { .text($0) } ?? .null),
      ("failures", .int(failures)), ("left_alone", .bool(isLeftAlone)),
      ("round_trip_us", .uint(roundTrip.ns / 1_000)),
    ])
  }
}
