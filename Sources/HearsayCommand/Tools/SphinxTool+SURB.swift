import MixNet
import OrderedJSON
import Sphinx

/// Reply blocks: made, replied with, and what opens the reply.
extension SphinxTool {
  mutating func createSURB(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(
      line: line,
      names: [
        "version", "hops", "destination", "identifier", "initial_secret", "final_padding", "first_hop_address",
      ])
    var route = try SphinxRoute(fields)
    guard !route.recipient.identifier.isZero else {
      throw fields.wrong("identifier", "16 bytes in hex, not all zero", found: "zeros")
    }
    let choices = try choices(fields, hops: route.hops.count)
    route.hops[0].address = Bytes32(try fields.bytes("first_hop_address", 32))
    let surb: SphinxSURB
    do throws(SphinxError) {
      surb = try sender.createSURB(
        along: route.hops.span, to: route.recipient, version: route.version, initialSecret: choices.secret.span,
        finalPadding: choices.padding.span)
    } catch { throw LineError(error.description) }
    guard route.version == .v260 else { return .object([("surb", .hex(surb.bytes))]) }
    var recovery = [UInt8](repeating: 0, count: surb.recovery.size)
    var span = recovery.mutableSpan
    surb.recovery.reveal(into: &span)
    return .object([("surb", .hex(surb.bytes)), ("recovery", .hex(recovery))])
  }

  mutating func reply(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(line: line, names: ["surb", "message", "payload_size"])
    let allowed = "a reply block in hex: 380 bytes and 1 to \(SphinxSize.hopsMax) keys of 192 or of 16"
    let surb = try fields.bytes("surb", 0...Int.max, allowed)
    guard SphinxSURB.firstHop(of: surb.span) != nil else {
      throw fields.wrong("surb", allowed, found: LineFields.size(surb))
    }
    let (message, size) = try SphinxMessage.read(fields)
    var packet = [UInt8](repeating: 0, count: size.packet)
    do throws(SphinxError) {
      var span = packet.mutableSpan
      let first = try sender.reply(&span, message: message.span, with: surb.span)
      return .object([("first_hop", .text(first.description)), ("packet", .hex(packet))])
    } catch { throw LineError(error.description) }
  }

  mutating func open(_ line: [UInt8]) throws(LineError) -> JSON {
    let fields = try LineFields(line: line, names: ["recovery", "payload"])
    let recovery = try recovery(fields)
    let (least, most) = (SphinxSize.payloads.lowerBound, SphinxSize.payloads.upperBound)
    var payload = try fields.bytes("payload", SphinxSize.payloads, "\(least) to \(most) bytes in hex")
    guard let recovery else { return .object([("message", SphinxMessage.json(in: payload))]) }
    do throws(SphinxError) {
      var span = payload.mutableSpan
      let range = try sender.open(&span, with: recovery)
      return .object([("message", .hex(Array(payload[range])))])
    } catch .badPayload { return .object([("message", .null)]) } catch { throw LineError(error.description) }
  }

  /// What was kept of a reply block of version 260; nil for those of the others.
  private func recovery(_ fields: LineFields) throws(LineError) -> SURBRecovery? {
    guard fields.has("recovery") else { return nil }
    let allowed = "16 bytes and 1 to \(SphinxSize.hopsMax) seeds of 16 in hex, or null for versions 258 and 259"
    let bytes = try fields.bytes("recovery", 0...Int.max, allowed)
    do throws(SphinxError) { return try SURBRecovery(version: .v260, bytes.span) } catch {
      throw fields.wrong("recovery", allowed, found: LineFields.size(bytes))
    }
  }
}
