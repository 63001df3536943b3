import MixNet

/// How a host stays broken for ever.
public enum Ruin: UInt8, CaseIterable, Sendable {
  /// Its process is dead; its system refuses who asks for it.
  case dead
  /// It has no power: nobody answers.
  case dark
  /// Its process stands still; its system goes on.
  case frozen
  /// Nothing gets through to it or from it.
  case apart
  /// It is heard by all, and hears nobody.
  case deaf
  /// It hears all, and is heard by nobody.
  case mute
}

extension SimWorld {
  /// Nothing strikes any more, and of the network a part alone is made whole: the hosts that `ruins` names stay broken for
  /// ever, each in its way, and all others come back and hear each other.
  public func stopFaults(ruining ruins: [(host: SimHost, how: Ruin)]) {
    stopFaults()
    for ruin in ruins { self.ruin(ruin.host, ruin.how) }
  }

  private func ruin(_ host: SimHost, _ how: Ruin) {
    if trace.isOn {
      trace.begin(ns, host.nameBytes, "ruin")
      trace.fact("how", how.name)
      trace.end()
    }
    switch how {
    case .dead: host.crash(.killed)
    case .dark: host.crash(.power)
    case .frozen: host.pause(for: Nanos.s(1 << 30))
    case .apart: isolate(host)
    case .deaf: part(hosts.filter { $0 !== host }, [host], oneWay: true)
    case .mute: part([host], hosts, oneWay: true)
    }
  }
}

extension Ruin {
  /// The word in traces.
  public var name: StaticString {
    switch self {
    case .dead: "dead"
    case .dark: "dark"
    case .frozen: "frozen"
    case .apart: "apart"
    case .deaf: "deaf"
    case .mute: "mute"
    }
  }
}
