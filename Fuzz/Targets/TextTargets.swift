import MixNet
import OrderedJSON
import Sphinx
import TOML

@testable import HearsayCommand
@testable import MixNet
@testable import Sphinx

extension FuzzTarget {
  /// A local program or a file: JSON.
  static let json = FuzzTarget(
    name: "json", summary: "local programs and files: a JSON text", sizeMax: 512,
    seeds: { _ in
      [
        "{\"a\": [1, -2.5e3, true, false, null, \"x\\u00e9\\ud83d\\ude00\\n\"], \"b\": {}}", "18446744073709551615",
        "[[[[[]]]]]", "\"\\\\\\/\\b\\f\\r\\t\"", "-0.0", "{\"a\":1,\"a\":2}", "1e999", "\u{feff}{}",
      ].map { Array($0.utf8) }
    }
  ) {
    { input in
      guard let value = try? JSONReader.read(input) else { return }
      let line = value.line
      guard let again = try? JSONReader.read(Array(line.utf8)) else {
        fatalError("what is written is not read: \(line)")
      }
      check(again.line == line, "\(line) becomes \(again.line)")
      _ = value.pretty()
    }
  }

  /// A local program: what `hearsay sphinx` reads, cut into lines, for each of its five works.
  static let lines = FuzzTarget(
    name: "lines", summary: "local programs: lines for hearsay sphinx", sizeMax: 1_100,
    seeds: { vectors in
      let create =
        "{\"version\": 260, \"hops\": [{\"public_key\": \"\(String(repeating: "09", count: 32))\", "
        + "\"address\": \"\(String(repeating: "02", count: 32))\", \"delay_nanos\": 5}], "
        + "\"destination\": \"\(String(repeating: "03", count: 32))\", "
        + "\"identifier\": \"\(String(repeating: "04", count: 16))\""
      let unwrap = vectors.packets.prefix(1).flatMap { packet in
        zip(packet.privateKeys, packet.incoming).map { key, bytes in
          "{\"private_key\":\"\(Hex.text(key))\",\"packet\":\"\(Hex.text(Array(bytes.prefix(386))))\"}"
        }
      }
      return [
        [0] + Array((create + ", \"message\": \"00ff\", \"payload_size\": 38}").utf8),
        [2] + Array((create + ", \"first_hop_address\": \"\(String(repeating: "02", count: 32))\"}").utf8),
      ] + unwrap.map { [1] + Array($0.utf8) }
        + vectors.surbs.prefix(4).map { surb in
          [3] + Array("{\"surb\":\"\(Hex.text(surb.bytes("surb_bytes")))\",\"message\":\"\",\"payload_size\":38}".utf8)
        } + [[4] + Array("{\"recovery\":null,\"payload\":\"\(String(repeating: "00", count: 38))\"}\n{}".utf8)]
    }
  ) { { tryLines(Input($0)) } }

  /// An operator's or a client's file: what is public of a network.
  static let directory = FuzzTarget(
    name: "directory", summary: "files: network.json", sizeMax: 1_024,
    seeds: { _ in
      let node = NetworkDirectory.Node(
        name: "mix-1", layer: 0, address: Bytes32([1]), chains: [("mix", .loopback(port: 9_001))],
        clients: .loopback(port: 9_002),
        keys: [.init(purpose: "sphinx", bytes: Bytes32([2]), from: 0, until: 9_999_999_999)])
      return [Array(NetworkFile.text(NetworkDirectory(nodes: [node], payloadSize: 2_065)).utf8)]
    }
  ) {
    { input in
      guard case .success(let directory) = NetworkFile.parse(input, path: "network.json") else { return }
      _ = directory.layers
      let text = NetworkFile.text(directory)
      guard case .success(let again) = NetworkFile.parse(Array(text.utf8), path: "") else { fatalError(text) }
      check(NetworkFile.text(again) == text, "another network is read")
    }
  }

  /// Small texts: addresses, hex, key files.
  static let texts = FuzzTarget(
    name: "texts", summary: "files and command lines: addresses, hex and key files", sizeMax: 160,
    seeds: { _ in
      [
        "127.0.0.1:9001", "[::1]:0", "[1:2:3:4:5:6:7:8]:65535", "[a::b]:1", "unix:/a/b",
        String(repeating: "0aF", count: 22),
      ]
      .map { Array($0.utf8) }
    }
  ) {
    { input in
      let text = String(decoding: input, as: UTF8.self)
      if let address = Address(text) {
        check(Address(address.description) == address, "\(text) becomes \(address)")
        _ = Netgroup(address)
      }
      if let bytes = Hex.bytes(text) { check(Hex.text(bytes) == text.lowercased(), "other digits") }
      _ = Bytes32(hex: text)
      var digits = input
      if let key = Hex.withSecret(&digits, { try? SphinxSecretKey($0) }) {
        check(!key.publicKey.isZero, "a key without a point")
      }
      check(digits.allSatisfy { $0 == 0 }, "the digits are not wiped")
    }
  }

  /// An operator's file: TOML.
  static let toml = FuzzTarget(
    name: "toml", summary: "files: a TOML document", sizeMax: 512, seeds: { $0.documents }
  ) { { input in _ = try? TOMLTable(parsing: input) } }
}

private func tryLines(_ input: Input) {
  var input = input
  let works = SphinxTool.Work.allCases
  var tool = SphinxTool(works[Int(input.byte()) % works.count], seed: Seed(1))
  var splitter = LineSplitter(limit: 1_024)
  func serve(_ line: Result<[UInt8], LineError>) {
    guard case .success(let line) = line else { return }
    let answer = tool.answer(line)
    guard let json = JSON(Array(answer.utf8)), json.fields != nil else {
      fatalError("an answer is no object: \(answer)")
    }
    check(!answer.utf8.contains(0x0a), "an answer has two lines")
  }
  while !input.isEmpty { splitter.take(input.take(600)[...], serve) }
  splitter.finish(serve)
}
