import OrderedJSON
import Sphinx

/// A message and the payload that it lies in.
enum SphinxMessage {
  /// Reads `message` and `payload_size`, which must hold it.
  static func read(_ fields: LineFields) throws(LineError) -> (bytes: [UInt8], size: SphinxSize) {
    let message = try fields.bytes("message", 0...Int.max, "bytes in hex")
    let range = UInt64(SphinxSize.payloads.lowerBound)...UInt64(SphinxSize.payloads.upperBound)
    let payload = Int(try fields.number("payload_size", in: range))
    let size: SphinxSize
    do throws(SphinxError) { size = try SphinxSize(payload: payload) } catch { throw LineError(error.description) }
    guard message.count <= size.messageMax else {
      throw fields.wrong(
        "message", "at most \(size.messageMax) bytes in hex, as the payload has \(payload)",
        found: LineFields.size(message))
    }
    return (message, size)
  }

  /// The message in a payload; null when there is none.
  static func json(in payload: [UInt8]) -> JSON {
    SphinxPayload.message(in: payload.span).map { .hex(Array(payload[$0])) } ?? .null
  }
}
