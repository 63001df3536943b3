public import MixHost

extension Plugin {
  /// Sphinx: packets of one size that each node takes one layer off.
  public static let sphinx = Plugin(
    name: "sphinx", summary: "the Sphinx packet format, replay protection, the sender's delays",
    stages: [.sphinx, .replay, .sphinxDelay], capabilities: [.sphinxMaker, .sphinxKeys],
    remarks: { [X25519Choice.remark] })
}
