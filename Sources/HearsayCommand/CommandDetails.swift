/// What each command's own help says besides its options, in lines of up to ``HelpText/width`` columns.
enum CommandDetails {
  static let run = """
    FILE is plugins.toml if not given. Environment variables stand above the file:
    HEARSAY_<TABLE>_<KEY>, as HEARSAY_PIPELINE_BATCH_SIZE.

    The first SIGTERM or SIGINT lets what the node holds leave first; a second one stops it at once.
    The exit code is 0 after a stop, 1 when the node cannot start, 2 when the file has mistakes
    or cannot be read.
    """

  static let check = """
    FILE is plugins.toml if not given. Every mistake is one line: where it is, what was found and what
    is allowed. The exit code is 0 for a file that a node can run, 2 for one with mistakes or one that
    cannot be read.
    """

  static let stages = """
    Each stage with its role, and each key with its default, its meaning and its range: what can be
    written into plugins.toml for this program. The keys of the host's own tables come last.
    """

  static let network = """
    Each node gets a folder DIR/NAME with plugins.toml and state/, where its secret keys are, for
    nobody else to read; DIR/network.json has names, layers, addresses and public keys, and is for
    everybody. All addresses are on 127.0.0.1. Start each node with: hearsay run DIR/NAME/plugins.toml
    """

  static let demo = """
    The nodes and their files are in a temporary folder that is gone afterwards. The exit code is 0
    when every byte of every answer is right and the nodes' counters account for every packet, else 1.
    With --gossip it is 0 when every message came once to every node that was there from before it was
    published to the end.
    """

  static let send = """
    FILE is the network.json of 'hearsay network new'. A message larger than a packet goes in several.
    Without --reply the command ends once the entry has every packet; nobody says whether they arrived.
    The answer is written as it is, with no line end behind it. The exit code is 0 when the message was
    sent, and answered if that was asked for, 1 when it was not, 2 for wrong words on the command line
    and for a wrong file of --peers.

    Where nodes choose their peers (the stage vrf_peers), packets by others are dropped: give --peers
    the lines that the nodes publish in the present epoch, as in the second example. Each is checked.
    When the epoch ends while the command runs, the file is read again.

    Examples:
      echo hello | hearsay send --network net/network.json --to echo --reply
      cat net/*/state/peers.mix > peers.jsonl
      echo hello | hearsay send --network net/network.json --to echo --reply --peers peers.jsonl
    """

  static let status = """
    ADDRESS is unix:state/status.sock if not given, 127.0.0.1:PORT, [::1]:PORT or unix:PATH: what
    'hearsay run' says, or 'listen' in the file's table [status]. The exit code is 1 when no node
    answers within 5 seconds.
    """

  static let publish = """
    The node must have a chain with 'gossip'. Standard input, or the file, is one message of up to
    16 MiB; with --lines each line is one, without its end, and is sent as soon as it is read. While the
    node has no room the command waits. It ends with code 0 once the node has taken all messages, 1 when
    one was refused or no node answers, 2 for wrong words. Who gets a message, nobody says.

    Examples:
      echo hello | hearsay publish news
      tail -f log | hearsay publish log --lines --priority bulk --config plugins.toml
    """

  static let subscribe = """
    Each message is written as it is, with a line's end behind it; with --json it is an object with
    topic, origin, epoch, sequence, created_ms, hop, priority, and payload, or payload_hex where it is
    no text. Whoever reads too slowly loses the oldest of what waits, and is told how many: on
    standard error, and with --json in a line {"lost": N}.

    Example:
      hearsay subscribe news --history --count 10
    """

  static let members = """
    The nodes that one knows: alive, suspect, dead or left, and whether it has them as neighbours. A
    cluster whose nodes watch only their neighbours (watch = "neighbours") shows these alone.
    """
}
