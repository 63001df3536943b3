import MixHost
import OrderedJSON

extension Command {
  static let vrf = Command(
    name: "vrf", plainMax: 1, takes: VRFTool.Work.allCases.map(\.rawValue).joined(separator: "|"),
    summary:
      "makes and checks proofs of the VRF, audits delays and tells peers: one JSON object a line in, one a line out",
    details: VRFTool.details, options: []
  ) { arguments, _ in
    let words = VRFTool.Work.allCases.map(\.rawValue)
    let list = "(one of: \(words.joined(separator: ", ")))"
    guard let word = arguments.plain.first else { throw UsageError("'vrf' needs a word for what to do \(list)") }
    guard let work = VRFTool.Work(rawValue: word) else {
      throw UsageError("'vrf' does not take the word '\(word)'\(didYouMean(word, in: words)) \(list)")
    }
    var tool = VRFTool(work)
    try LineLoop.run { tool.answer($0) }
    return tool.exitCode
  }
}

extension VRFTool {
  /// An audit that was not done must not look like one that found nothing.
  var exitCode: Int32 {
    guard work == .audit || work == .peers else { return 0 }
    return outcome.convictions > 0 ? 1 : outcome.mistakes > 0 ? 2 : 0
  }

  /// What `hearsay vrf --help` says.
  static let details = """
    Proofs are those of the suite ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381). The command reads standard
    input to its end and answers every line, in order, before it reads the next one. Bytes are
    lower-case hex (upper case is read, too), numbers decimal. Fields:

      prove         secret_key (the 32 bytes that the key is made of), alpha (the input)
          gives     public_key, pi (80 bytes), beta (64 bytes)
      verify        public_key, alpha, pi
          gives     valid, beta; beta is null when valid is false
      audit         public_key, chain, epoch_s, epoch, law, mean_ms, max_ms, pi (all these are in a
                    line of the node's file 'proofs'), tolerance_ms, and packets: objects with tag
                    (a packet's replay tag at the node), in_ms and out_ms (when it was handed to the
                    node and when it left, in milliseconds since 1970-01-01 UTC; fractions are read,
                    too)
          gives     valid (whether the proof is the node's), honest, dishonest, not_judged (how many
                    delays were), and delays: objects with tag, expected_ms, measured_ms, honest
      peers         public_key, node, chain, epoch_s, epoch, peers, among, weights, list, pi (all these
                    are in the node's file 'peers.CHAIN'), and network (the network file's path)
          gives     valid (whether the node had to choose so), refusal (why not), node (its name), and
                    peers: the names of the nodes that it may send to in the epoch

    A delay is honest when it differs by no more than tolerance_ms from what the proof says. It is not
    judged (null) when the packet came outside of the epoch, or differs and came within tolerance_ms of
    one of its ends, where the node may have counted it to the epoch beside.

    A line that asks for nothing that can be done is answered by {"error": "one sentence"}, and the next
    line is served. The exit code is 0 at the end of input, 1 when standard input or output fails, 2 for
    wrong words on the command line. That of audit and peers is 1, too, when a delay was not honest or a
    proof not valid, and 2 when a line could not be served.

    Example:
      echo '{"secret_key": "<64 digits>", "alpha": "00"}' | hearsay vrf prove
    """
}
