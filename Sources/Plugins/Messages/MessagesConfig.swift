import MixHost
import MixNet

/// What `[messages]` says.
struct MessagesConfig: Sendable {
  var conversation = ConversationSettings()
  var registry = PeerRegistry.Settings()

  /// The largest frame: a message and what stands before it.
  var frameMax: Int { max(conversation.messageMax + PeerFrame.overhead, PeerFrame.controlMax) }

  init(from table: inout ConfigTable) {
    conversation.messageMax = table.int(
      "message_max", default: 32_768, in: 64...1_048_576, "largest message, in bytes; the same on both sides of a link")
    conversation.streamsMax = UInt16(
      table.int("streams_max", default: 16, in: 1...1_024, "streams that each side may have open with one peer"))
    conversation.window = UInt32(
      table.int(
        "window", default: 262_144, in: 256...1_073_741_824,
        "bytes of a stream that wait until the application takes them; at least two of the largest messages"))
    conversation.send.bytes = table.int(
      "send_bytes", default: 262_144, in: 64...1_073_741_824, "bytes of a stream's messages that are not confirmed")
    conversation.send.count = table.int(
      "send_messages", default: 1_000, in: 1...1_000_000, "messages of a stream that are not confirmed")
    conversation.loose.bytes = table.int(
      "loose_bytes", default: 32_768, in: 64...1_073_741_824,
      "bytes of a stream's lossy messages that wait, and as many of class control; on the way out and on the way in")
    conversation.loose.count = table.int(
      "loose_messages", default: 64, in: 1...1_000_000, "lossy messages of a stream that wait")
    conversation.patience = table.milliseconds(
      "patience_ms", default: 2_000, in: 10...600_000, "a peer that owes news for so long is asked")
    registry.linksPerPeer = table.int("links_per_peer", default: 1, in: 1...8, "links that there should be to a peer")
    registry.peersMax = table.int(
      "peers_max", default: 64, in: 1...4_096, "peers that are talked with at once; one of eight is not for strangers")
    registry.forget = table.milliseconds(
      "forget_ms", default: 60_000, in: 10...86_400_000, "a peer without a link is forgotten after so long")
    registry.grace = table.milliseconds(
      "grace_ms", default: 3_000, in: 1...600_000, "how long a peer has to open again the link that it had opened")
    check(table)
  }

  private func check(_ table: ConfigTable) {
    let least = ConversationSettings.leastWindow(messageMax: conversation.messageMax)
    if Int(conversation.window) < least {
      table.mistake(at: "window", "'window' must be \(least) or more: two messages of 'message_max' and 16 bytes each")
    }
    for (key, bytes) in [("send_bytes", conversation.send.bytes), ("loose_bytes", conversation.loose.bytes)]
    where bytes < conversation.messageMax {
      table.mistake(at: key, "'\(key)' must be 'message_max' (\(conversation.messageMax)) or more")
    }
  }
}
