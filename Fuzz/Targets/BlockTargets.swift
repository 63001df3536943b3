import MixNet
import OrderedJSON
import Sphinx

extension FuzzTarget {
  /// Anyone who sends to a service: a reply block that the node must reply with. A node: a reply that its reader opens.
  static let blocks = FuzzTarget(
    name: "blocks", summary: "senders and repliers: reply blocks, replies and what opens them", sizeMax: 2_600,
    seeds: { vectors in
      vectors.surbs.flatMap { surb in
        [[0] + surb.bytes("surb_bytes")]
          + (surb.json["hops"]?.list ?? []).compactMap { hop in
            hop["payload_out"]?.text.flatMap(Hex.bytes).map { payload in
              let recovery = surb.bytes("recovery_bytes")
              return [1, UInt8(recovery.count)] + recovery + payload
            }
          }
      }
    }
  ) {
    let workshop = Workshop()
    return { input in
      var input = Input(input)
      switch input.byte() % 3 {
      case 0: workshop.reply(with: input.rest())
      case 1:
        let version: SphinxVersion = .v260
        let recovery = input.take(Int(input.byte()))
        workshop.open(input.rest(), recovery, version)
      default:
        let payload = input.rest()
        guard let message = SphinxPayload.message(in: payload.span) else { return }
        check(message.lowerBound == 16 && message.upperBound < payload.count, "a message at \(message)")
      }
    }
  }
}

private final class Workshop {
  private var sender = SphinxSender()
  private let message = [UInt8](repeating: 7, count: 21)

  func reply(with block: [UInt8]) {
    let first = SphinxSURB.firstHop(of: block.span)
    let message = message
    var packet = [UInt8](repeating: 0, count: SphinxSize.ack.packet)
    var span = packet.mutableSpan
    do throws(SphinxError) {
      let hop = try sender.reply(&span, message: message.span, with: block.span)
      check(hop == first, "the reply goes to another hop")
      check(Array(packet[..<SphinxSize.header]) == Array(block[..<SphinxSize.header]), "another header")
    } catch {
      check(first == nil && packet.allSatisfy { $0 == 0 }, "a block with a first hop makes no reply: \(error)")
    }
  }

  func open(_ payload: [UInt8], _ bytes: [UInt8], _ version: SphinxVersion) {
    let recovery: SURBRecovery
    do throws(SphinxError) { recovery = try SURBRecovery(version: version, bytes.span) } catch { return }
    var again = [UInt8](repeating: 0, count: recovery.size)
    var span = again.mutableSpan
    recovery.reveal(into: &span)
    check(again == bytes, "another recovery is written")
    let size = payload.count
    var payload = payload
    var room = payload.mutableSpan
    do throws(SphinxError) {
      let message = try sender.open(&room, with: recovery)
      check(message.lowerBound >= 0 && message.upperBound <= size, "a message at \(message)")
    } catch {}
  }
}
