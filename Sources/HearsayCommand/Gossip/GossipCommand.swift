import MixHost

extension Command {
  static let gossip = Command(
    name: "gossip", plainMax: 100_000, takes: "train|key|keys ...",
    summary: "makes a cluster's keys and dictionaries, and changes the keys of a running node",
    details: GossipWord.details,
    options: [
      Option("out", "FILE", "with train and key: the file that is made"),
      Option("size", "BYTES", "with train: the dictionary's size; 16384 if not given"),
      Option("lines", nil, "with train: each line of the files is a sample of its own"),
    ] + DoorClient.options + [Option("json", nil, "one JSON object on standard output")]
  ) { arguments, registry in
    let words = GossipWord.allCases.map(\.rawValue)
    let list = "(one of: \(words.joined(separator: ", ")))"
    guard let text = arguments.plain.first else { throw UsageError("'gossip' needs a word for what to do \(list)") }
    guard let word = GossipWord(rawValue: text) else {
      throw UsageError("'gossip' does not take the word '\(text)'\(didYouMean(text, in: words)) \(list)")
    }
    for name in ["out", "size", "lines", "node", "config"] where arguments.has(name) || arguments.text(name) != nil {
      guard word.options.contains(name) else { throw UsageError("'gossip \(word.rawValue)' does not take --\(name)") }
    }
    let rest = Array(arguments.plain.dropFirst())
    switch word {
    case .train: return try DictionaryTool(arguments, rest).run()
    case .key: return try ClusterKeyTool.make(arguments, rest)
    case .keys: return try ClusterKeyTool.change(arguments, rest, registry)
    }
  }
}

/// What `hearsay gossip` does.
enum GossipWord: String, CaseIterable {
  case train, key, keys

  var options: Set<String> {
    switch self {
    case .train: ["out", "size", "lines"]
    case .key: ["out"]
    case .keys: ["node", "config"]
    }
  }

  static let details = """
    train --out FILE [--size BYTES] [--lines] SAMPLE-FILE...
        makes a dictionary for compression of samples: each file is one, or each line of them. One
        sample in five is left out of it and compressed without and with it, to tell what it is worth.
        Some thousand samples, a hundred times the dictionary's size together, make a good one.
    key --out FILE
        makes a new cluster key in a file that nobody else may read; its folder is made, too.
    keys list | install FILE | use ID | remove ID
        the keys of a running node, the one in use first; the others are taken, too. A change lasts
        until the node stops: write it into its configuration as well (cluster_key, more_keys).

    A key changes without a gap in three steps, each of them on all nodes before the next one:
    install the new one, use it, remove the old one.

    Example:
      hearsay gossip key --out state/cluster.key
    """
}
