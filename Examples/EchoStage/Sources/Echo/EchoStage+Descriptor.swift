public import MixHost

extension StageDescriptor {
  /// `echo`: everything back where it came from.
  public static let echo = StageDescriptor(
    .forward, "echo", summary: "sends every packet back on the link it came on", config: EchoConfig.init,
    make: EchoStage.init)
}

extension Plugin {
  /// The plugin that a program lists: this one stage.
  public static let echo = Plugin(name: "echo", summary: "an example of a stage of one's own", stages: [.echo])
}
