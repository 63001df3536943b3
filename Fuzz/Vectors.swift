import Glibc
import LinuxNet
import MixNet
import OrderedJSON

/// What other people's code has produced, as seeds.
struct Vectors {
  let folder: String

  /// A vector of a packet or of a reply block.
  struct Packet {
    let json: JSON

    func bytes(_ name: String) -> [UInt8] { json[name]?.text.flatMap(Hex.bytes) ?? [] }
    var privateKeys: [[UInt8]] { json["node_private_keys"]?.list?.compactMap { $0.text.flatMap(Hex.bytes) } ?? [] }
    /// What each node gets, in the order of the route.
    var incoming: [[UInt8]] { json["hops"]?.list?.compactMap { $0["packet_in"]?.text.flatMap(Hex.bytes) } ?? [] }
    /// The routing information that each node decrypts.
    var routes: [[UInt8]] {
      json["hops"]?.list?.compactMap { $0["decrypted_routing_info_360"]?.text.flatMap(Hex.bytes) } ?? []
    }
  }

  /// Packets of all three versions, those of replies last.
  var packets: [Packet] { ["packets-v258", "packets-v259", "surbs"].flatMap(read) }

  /// Reply blocks of all three versions.
  var surbs: [Packet] { read("surbs") }

  /// Files of the TOML suite.
  var documents: [[UInt8]] {
    ["valid/comment", "valid/table", "valid/inline-table", "valid/datetime", "valid/string", "invalid/string"]
      .flatMap { files("toml-test/\($0)") }
  }

  private func read(_ name: String) -> [Packet] {
    guard let file = try? readFile("\(folder)/sphinx-nym/\(name).json", limit: 64 << 20).bytes,
      let list = JSON(file)?["vectors"]?.list
    else { return [] }
    return list.map(Packet.init)
  }

  private func files(_ part: String) -> [[UInt8]] {
    guard let open = unsafe opendir("\(folder)/\(part)") else { return [] }
    defer { unsafe closedir(open) }
    var names: [String] = []
    while let entry = unsafe readdir(open) {
      names.append(unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Self.text($0) })
    }
    return names.filter { $0.hasSuffix(".toml") }.sorted().compactMap { name in
      try? readFile("\(folder)/\(part)/\(name)", limit: 1 << 16).bytes
    }
  }

  private static func text(_ name: UnsafeRawBufferPointer) -> String {
    unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }
}
