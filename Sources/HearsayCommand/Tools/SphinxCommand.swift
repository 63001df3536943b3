import LinuxNet
import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let sphinx = Command(
    name: "sphinx", plainMax: 1, takes: SphinxTool.Work.allCases.map(\.rawValue).joined(separator: "|"),
    summary: "makes and opens Sphinx packets: one JSON object a line in, one a line out", details: SphinxTool.details,
    options: []
  ) { arguments, _ in
    let words = SphinxTool.Work.allCases.map(\.rawValue)
    let list = "(one of: \(words.joined(separator: ", ")))"
    guard let word = arguments.plain.first else { throw UsageError("'sphinx' needs a word for what to do \(list)") }
    guard let work = SphinxTool.Work(rawValue: word) else {
      throw UsageError("'sphinx' does not take the word '\(word)'\(didYouMean(word, in: words)) \(list)")
    }
    var tool = SphinxTool(work, seed: SystemEntropy().seed())
    try LineLoop.run { tool.answer($0) }
    return 0
  }
}

extension SphinxTool {
  /// What `hearsay sphinx --help` says.
  static let details = """
    A tool for debugging and for tests against other implementations; private keys pass through pipes,
    so give it none of a network in use. It reads standard input to its end and answers every line, in
    order, before it reads the next one: a program can keep it running and talk to it.

    Bytes are lower-case hex (upper case is read, too), numbers decimal. A field in [brackets] may be
    left out or null. Fields:

      create        version (258, 259 or 260), hops (1 to 5 objects with public_key, address and
                    delay_nanos, 0 to 2^64-1), destination (32 bytes), identifier (16), message,
                    payload_size (38 to 32768; the message has at most 17 bytes less), [initial_secret]
                    (32), [final_padding] (308 less 60 a hop)
          gives     packet
      unwrap        private_key, packet
          gives     kind "forward", next_hop, delay_nanos, replay_tag, packet; or
                    kind "final", destination, identifier, replay_tag, payload, message; or
                    kind "drop", reason (as a node would count it)
      surb-create   as create, without message and payload_size, and with first_hop_address, which
                    stands in the block; the identifier must not be zero
          gives     surb; for version 260 also recovery, which the creator keeps
      surb-reply    surb, message, payload_size
          gives     first_hop, packet
      surb-open     [recovery] (for version 260; the others need none), payload
          gives     message

    The first hop's address and the last hop's delay must be given, but are in no packet. What the
    random choices initial_secret and final_padding leave open is drawn anew for each line; with both,
    the same line gives the same bytes.

    A message is null when the payload holds none: it was changed on its way, is for another recovery,
    or is a reply of version 260 that its creator must open. That is an answer, as is a drop.

    A line that asks for nothing that can be done (no JSON, a field too many, missing or wrong, more
    than 1048576 bytes) is answered by {"error": "one sentence"}, and the next line is served. The
    exit code is 0 at the end of input, 1 when standard input or output fails, 2 for wrong words on
    the command line.

    Example:
      echo '{"private_key": "<64 digits>", "packet": "<772 or more digits>"}' | hearsay sphinx unwrap
    """
}
