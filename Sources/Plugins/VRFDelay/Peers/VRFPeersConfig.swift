import MixHost
import MixNet

/// What `[vrf_peers]` says.
struct VRFPeersConfig: Sendable {
  let peers: Int
  let among: PeerRules.Among
  let weighting: PeerRules.Weighting
  let epochSeconds: UInt32
  let overlap: Nanos
  let isOneWay: Bool
  let keyFile: String

  init(from table: inout ConfigTable) {
    peers = table.int(
      "peers", default: 8, in: 1...256,
      "peers of a node in an epoch; this and the next three are the same in the whole network")
    among = table.choice(
      "among", default: PeerRules.Among.nextLayer, "among which nodes they are chosen: the next layer's, or all")
    weighting = table.choice(
      "weights", default: PeerRules.Weighting.equal, "how likely each is: all alike, or by the network file's capacity")
    let seconds = table.int(
      "epoch_s", default: 3_600, in: 10...604_800, "how long a choice lasts")
    epochSeconds = UInt32(seconds)
    let overlapSeconds = table.int(
      "overlap_s", default: 60, in: 1...86_400,
      "how long the last choice is good beside the new one, and how far clocks may differ; a quarter of epoch_s at most"
    )
    if overlapSeconds > seconds / 4 {
      table.mistake(
        at: "overlap_s",
        "'overlap_s' must be at most a quarter of 'epoch_s', which is \(seconds); found \(overlapSeconds)")
    }
    overlap = .s(UInt64(overlapSeconds))
    isOneWay = table.bool(
      "one_way", default: true,
      "true: what comes on links that this node has opened is dropped, for packets go to whom one chose")
    keyFile = table.path(
      "key_file", default: "vrf.key", "the node's secret key of the VRF, 64 hex digits, mode 0600; in the state folder")
  }

  func rules(chain: String) -> PeerRules {
    PeerRules(chain: chain, epochSeconds: epochSeconds, peers: peers, among: among, weighting: weighting)
  }
}
