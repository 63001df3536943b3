import Foundation
import MixNet

@testable import HearsayCommand

/// The vectors in `Tests/Vectors/sphinx-nym`, and the lines that ask for what they hold.
struct SphinxLines: Decodable, CustomStringConvertible {
  struct Hop: Decodable {
    let packetIn, replayTag, kind: String
    let packetOut, nextHopAddress, payloadOut: String?
    let delayNanos: UInt64?
  }

  let name: String
  let version: Int
  let nodePrivateKeys, nodePublicKeys, nodeAddresses: [String]
  let delaysNanos: [UInt64]
  let destination, identifier, initialSecret, finalPadding, message: String
  let payloadSize: Int
  let hops: [Hop]
  let surbBytes, firstHopAddress, recoveryBytes: String?

  var description: String { name }

  static func packets() throws -> [SphinxLines] { try read("packets-v258") + read("packets-v259") }
  static func surbs() throws -> [SphinxLines] { try read("surbs") }

  private static func read(_ name: String) throws -> [SphinxLines] {
    struct File: Decodable { let vectors: [SphinxLines] }
    return try decode(File.self, name).vectors
  }

  static func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      type, from: try Data(contentsOf: folder.appendingPathComponent("Vectors/sphinx-nym/\(name).json")))
  }

  // MARK: Lines

  /// The route's hops as a line has them.
  var hopList: String {
    let hops = zip(zip(nodePublicKeys, nodeAddresses), delaysNanos).map { node, delay in
      #"{"public_key":"\#(node.0)","address":"\#(node.1)","delay_nanos":\#(delay)}"#
    }
    return "[\(hops.joined(separator: ","))]"
  }

  var create: String {
    #"{"version":\#(version),"hops":\#(hopList),"destination":"\#(destination)","identifier":"\#(identifier)","#
      + #""message":"\#(message)","payload_size":\#(payloadSize),"initial_secret":"\#(initialSecret)","#
      + #""final_padding":"\#(finalPadding)"}"#
  }

  var createSURB: String {
    #"{"version":\#(version),"hops":\#(hopList),"destination":"\#(destination)","identifier":"\#(identifier)","#
      + #""initial_secret":"\#(initialSecret)","final_padding":"\#(finalPadding)","#
      + #""first_hop_address":"\#(firstHopAddress ?? "")"}"#
  }

  var reply: String {
    #"{"surb":"\#(surbBytes ?? "")","message":"\#(message)","payload_size":\#(payloadSize)}"#
  }

  func unwrap(_ hop: Int) -> String {
    #"{"private_key":"\#(nodePrivateKeys[hop])","packet":"\#(hops[hop].packetIn)"}"#
  }

  /// What a node's answer must be.
  func unwrapped(_ hop: Int) -> String {
    let hop = hops[hop]
    if hop.kind == "forward" {
      return #"{"kind":"forward","next_hop":"\#(hop.nextHopAddress ?? "")","delay_nanos":\#(hop.delayNanos ?? 0),"#
        + #""replay_tag":"\#(hop.replayTag)","packet":"\#(hop.packetOut ?? "")"}"#
    }
    // A reply of version 260 is for its creator alone.
    let message = version == 260 ? "null" : #""\#(message)""#
    return #"{"kind":"final","destination":"\#(destination)","identifier":"\#(identifier)","#
      + #""replay_tag":"\#(hop.replayTag)","payload":"\#(hop.payloadOut ?? "")","message":\#(message)}"#
  }
}

/// The answer of a tool of its own to one line.
func answer(_ work: SphinxTool.Work, _ line: String, seed: UInt64 = 1) -> String {
  var tool = SphinxTool(work, seed: Seed(seed))
  return tool.answer(Array(line.utf8))
}
