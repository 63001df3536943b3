import MixNet
import OrderedJSON
import Sphinx

/// Packets: made by a sender, unwrapped at a node.
extension SphinxTool {
  mutating func create(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(
      line: line,
      names: [
        "version", "hops", "destination", "identifier", "message", "payload_size", "initial_secret", "final_padding",
      ])
    let route = try SphinxRoute(fields)
    let (message, size) = try SphinxMessage.read(fields)
    let choices = try choices(fields, hops: route.hops.count)
    var packet = [UInt8](repeating: 0, count: size.packet)
    do throws(SphinxError) {
      var span = packet.mutableSpan
      try sender.create(
        &span, message: message.span, along: route.hops.span, to: route.recipient, version: route.version,
        initialSecret: choices.secret.span, finalPadding: choices.padding.span)
    } catch { throw LineError(error.description) }
    return .object([("packet", .hex(packet))])
  }

  func unwrap(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(line: line, names: ["private_key", "packet"])
    let secret = try fields.bytes("private_key", 32)
    let packet = try fields.bytes("packet", 0...Int.max, "bytes in hex")
    let key: SphinxSecretKey
    do throws(SphinxError) { key = try SphinxSecretKey(secret.span) } catch { throw LineError(error.description) }
    do throws(SphinxRefusal) { return Self.json(try key.unwrap(packet)) } catch {
      return .object([("kind", .text("drop")), ("reason", .text(error.rawValue))])
    }
  }

  private static func json(_ unwrapped: SphinxUnwrapped) -> JSON {
    switch unwrapped {
    case .forward(let hop, let packet):
      return .object([
        ("kind", .text("forward")), ("next_hop", .text(hop.nextHop.description)), ("delay_nanos", .uint(hop.delay.ns)),
        ("replay_tag", .text(hop.tag.description)), ("packet", .hex(packet)),
      ])
    case .final(let hop, let payload):
      return .object([
        ("kind", .text("final")), ("destination", .text(hop.recipient.destination.description)),
        ("identifier", .text(hop.recipient.identifier.description)), ("replay_tag", .text(hop.tag.description)),
        ("payload", .hex(payload)), ("message", SphinxMessage.json(in: payload)),
      ])
    }
  }

  /// The random choices of a packet: those that the line gives, and new ones for those that it does not.
  mutating func choices(_ fields: LineFields, hops: Int) throws(LineError) -> (secret: [UInt8], padding: [UInt8]) {
    // A route of n hops leaves so much of the last hop's 300 bytes.
    let size = 308 - 60 * hops
    let secret = fields.has("initial_secret") ? try fields.bytes("initial_secret", 32) : draw(32)
    guard fields.has("final_padding") else { return (secret, draw(size)) }
    let allowed = "\(size) bytes in hex (308 less 60 a hop)"
    return (secret, try fields.bytes("final_padding", size...size, allowed))
  }
}
