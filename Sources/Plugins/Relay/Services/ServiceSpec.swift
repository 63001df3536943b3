import MixNet

/// One service as the configuration writes it: `echo`, `sink`, `NAME=file:FOLDER`, `NAME=socket:PATH`, `NAME=publish:CHAIN/TOPIC`; a kind
/// alone names itself.
struct ServiceSpec: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case echo
    case sink
    case file(String)
    case socket(String)
    /// To a cluster: its chain of this node, and the topic.
    case publish(chain: String, topic: String)
  }

  let name: String
  let kind: Kind

  static let allowed =
    "echo, sink, file:FOLDER, socket:PATH or publish:CHAIN/TOPIC, each after NAME= if it is to have a name of its own"

  init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }

  init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let last = parts.last else { return nil }
    let words = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (words.first, words.count == 2 ? words[1] : nil) {
    case ("echo", nil): kind = .echo
    case ("sink", nil): kind = .sink
    case ("file", let folder?) where !folder.isEmpty: kind = .file(folder)
    case ("socket", let path?) where Address("unix:" + path) != nil: kind = .socket(path)
    case ("publish", let target?):
      let parts = target.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { return nil }
      kind = .publish(chain: parts[0], topic: parts[1])
    default: return nil
    }
    name = parts.count == 2 ? parts[0] : words[0]
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
  }
}
