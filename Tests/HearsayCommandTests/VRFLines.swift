import Foundation

@testable import HearsayCommand

/// The vectors in `Tests/Vectors/vrf-rfc9381`, and the lines that ask for what they hold.
struct VRFLines: Decodable, CustomStringConvertible {
  let secretKey, publicKey, alpha, pi, beta: String

  var description: String { "alpha '\(alpha)'" }

  static func all() throws -> [VRFLines] {
    struct File: Decodable { let vectors: [VRFLines] }
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try Data(contentsOf: folder.appendingPathComponent("Vectors/vrf-rfc9381/vectors.json"))
    return try decoder.decode(File.self, from: data).vectors
  }

  var prove: String { #"{"secret_key":"\#(secretKey)","alpha":"\#(alpha)"}"# }
  var proved: String { #"{"public_key":"\#(publicKey)","pi":"\#(pi)","beta":"\#(beta)"}"# }
  var verify: String { #"{"public_key":"\#(publicKey)","alpha":"\#(alpha)","pi":"\#(pi)"}"# }
  var verified: String { #"{"valid":true,"beta":"\#(beta)"}"# }
  static let refused = #"{"valid":false,"beta":null}"#
}

/// The answer of a tool of its own to one line.
func answer(_ work: VRFTool.Work, _ line: String) -> String {
  var tool = VRFTool(work)
  return tool.answer(Array(line.utf8))
}

/// The error with this sentence.
func vrfError(_ sentence: String) -> String { #"{"error":"\#(sentence)"}"# }
