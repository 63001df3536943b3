public import MixHost
import MixNet

extension StageDescriptor {
  /// `messages`: conversations with peers.
  package static let messages = StageDescriptor(
    .decode, "messages", summary: "carries the application's messages to peers and from them", takesAll: true,
    config: MessagesConfig.init(from:),
    shape: {
      DecodeShape(
        framing: .peer, limits: FrameLimits(8...$0.frameMax), protocolName: "hearsay messages",
        framesOutliveLinks: false)
    },
    shared: { (config: MessagesConfig, context: inout LoadContext) -> Bool? in
      context.addMemory("conversations", atMost: config.registry.peersMax * config.conversation.bytesMax)
      guard context.plan.workers == 1 else {
        context.mistake("'messages' needs a chain of one worker; write workers = 1 in [chain.\(context.plan.name)]")
        return nil
      }
      return true
    },
    make: { (config: MessagesConfig, _: Bool, builder: inout StageBuilder) throws(BuildError) -> any DecodeStage in
      MessagesStage(config, &builder)
    })
}

extension Plugin {
  /// Messages between peers that outlive the links which carry them.
  public static let messages = Plugin(
    name: "messages", summary: "messages between peers that outlive their links", stages: [.messages])
}
