import MixHost
import MixNet
import Sphinx

/// What `[sphinx]` says, when the stand-in reads it.
struct StubConfig: Sendable {
  let size: SphinxSize
  let keyFile: String

  init(from table: inout ConfigTable) {
    _ = table.choice("format", default: Format.nym, "the packets' layout, byte for byte")
    let payload = table.int(
      "payload_size", default: SphinxSize.regular.payload, in: SphinxSize.payloads,
      "bytes of a packet's payload, the same in the whole network")
    size = (try? SphinxSize(payload: payload)) ?? .regular
    keyFile = table.path("key_file", default: "sphinx.key", "the node's key file; in the state folder")
  }

  private enum Format: String, CaseIterable, Sendable { case nym }

  var shape: DecodeShape {
    DecodeShape(
      framing: .peer, limits: FrameLimits(size.packet...size.packet), protocolName: "hearsay stub \(size.payload)",
      scratchSize: 48)
  }

  func readKey(_ context: inout LoadContext) -> Bytes32? {
    let path = context.node.path(keyFile)
    do throws(StorageError) {
      let key = StubFormat.key(ofFile: try context.files.read(path, limit: 1_024).bytes)
      let listed = context.node.directory.node(named: context.node.name)?.keys ?? []
      guard listed.isEmpty || listed.contains(where: { $0.bytes == key }) else {
        context.mistake("\(path) is not the key that the network file lists for node '\(context.node.name)'")
        return nil
      }
      return key
    } catch {
      context.mistake("the key cannot be read: \(error.description)")
      return nil
    }
  }
}
