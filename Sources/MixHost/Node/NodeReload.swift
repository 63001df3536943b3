import MixNet

/// Why a running node does not take over a configuration: one sentence for the operator.
public struct ReloadRefusal: Error, CustomStringConvertible, Sendable {
  /// One sentence.
  public let description: String
}

extension Node {
  /// Takes over what a running node can of a new configuration: the times, limits and rates of links, how much is said, and the
  /// nodes of the network. All of it or, with a reason, nothing; it happens on the workers' threads, soon.
  ///
  /// `old` and `new` are the settings of the configuration that the node runs with and of the new one.
  ///
  /// - Returns: what has changed.
  @discardableResult
  public func reload(
    _ blueprint: NodeBlueprint, from old: [ConfigSetting], to new: [ConfigSetting]
  ) throws(ReloadRefusal) -> ConfigDifference {
    let difference = ConfigDifference(from: old, to: new)
    guard difference.needRestart.isEmpty else {
      let list = difference.needRestart.prefix(3).map(\.description).joined(separator: ", ")
      let more = difference.needRestart.count - 3
      throw ReloadRefusal(
        description: "the node must be started anew for \(list)\(more > 0 ? " and \(more) more" : "")")
    }
    guard blueprint.facts.address == self.blueprint.facts.address else {
      throw ReloadRefusal(description: "the network file gives this node another address; it must be started anew")
    }
    guard blueprint.facts.directory.payloadSize == self.blueprint.facts.directory.payloadSize else {
      throw ReloadRefusal(description: "the network's payloads have another size; the node must be started anew")
    }
    setLogLevel(blueprint.operation.log)
    let (settings, directory) = (blueprint.settings, blueprint.facts.directory)
    changeAll { $0.change(settings, directory) }
    return difference
  }
}

extension Worker {
  /// Goes on with other settings, in another network.
  func change(_ settings: NodeSettings, _ directory: NetworkDirectory) {
    if number == 0 {
      shared.door.change(settings.admission, expected: directory.hosts(besides: shared.blueprint.facts.address))
      shared.readRate.change(settings.rates.readAll, links.now)
      shared.writeRate.change(settings.rates.writeAll, links.now)
      shared.peers.change(percentMax: settings.ejectedPercentMax)
    }
    links.change(settings)
    for side in sides { side.callAll { stage, turn in stage.networkChanged(directory, &turn) } }
  }
}

extension LinkTable {
  /// Links that are up go on under the new settings; a peer that was left alone is tried again.
  fileprivate func change(_ new: NodeSettings) {
    settings = new
    for place in 0..<capacity where links[place].state != .free {
      if links[place].isDialled { trustAnew(place) }
      guard links[place].connection != nil else { continue }
      beginPace(place)
      links[place].pace.readsAgain = .zero
      links[place].pace.writesAgain = .zero
      attend(place)
      markDirty(place)
      if links[place].state == .up { watch(place) }
    }
  }
}
