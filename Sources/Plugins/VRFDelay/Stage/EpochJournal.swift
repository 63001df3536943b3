import MixHost
import MixNet

/// The two files of the stage: which epochs still have a secret to keep, and the proofs that have been published.
final class EpochJournal {
  private let config: VRFDelayConfig
  private let key: VRFPublicKey
  private let chain: String
  private let markerPath: String
  private let proofsPath: String
  /// Notes that were to be written, and which of them the disk has.
  private var marks = 0
  private var markOnDisk = 0
  /// Proofs published since the start, and the last one.
  private(set) var told = 0
  private(set) var last: (epoch: UInt64, proof: String)?
  /// Whether the file may end in the middle of a line: a crash or a full disk may have let a part of one in.
  private var endsAnyhow: Bool
  /// Times that the disk took something not.
  private(set) var failures = 0

  init(_ config: VRFDelayConfig, _ key: VRFPublicKey, _ chain: String, _ node: NodeFacts, isRestart: Bool) {
    endsAnyhow = isRestart
    self.config = config
    self.key = key
    self.chain = chain
    markerPath = VRFDelayState.markerPath(chain, node)
    proofsPath = VRFDelayState.proofsPath(node)
  }

  /// True when the disk has the last note. An older one that is confirmed meanwhile says nothing of it.
  var isMarked: Bool { markOnDisk == marks }

  /// Notes which epochs still have a secret to keep, the current one last.
  func mark(_ epochs: [UInt64], _ turn: inout Turn, done: @escaping (inout Turn) -> Void) {
    let marker = EpochMarker(seconds: config.epochSeconds, epochs: epochs)
    marks += 1
    // One that the disk has no room for is missing there, and is written again later.
    if Probe.buggify("vrf_delay.mark_crowded", oneIn: 4) { return }
    let number = marks
    _ = turn.store(.replace(path: markerPath, bytes: marker.bytes)) { [self] result, turn in
      // Jobs are done in order: the last one that was done says what the disk has.
      if case .success = result { markOnDisk = number } else { failures += 1 }
      done(&turn)
    }
  }

  /// Publishes a proof.
  func tell(_ epoch: EpochName, _ proof: VRFProof, _ turn: inout Turn, done: @escaping (Bool, inout Turn) -> Void) {
    if Probe.buggify("vrf_delay.proof_crowded", oneIn: 4) { return done(false, &turn) }
    let line = Array(((endsAnyhow ? "\n" : "") + text(epoch, proof) + "\n").utf8)
    let isTaken = turn.store(.append(path: proofsPath, bytes: line)) { [self] result, turn in
      if case .success = result {
        endsAnyhow = false
        told += 1
        last = (epoch.number, proof.description)
        done(true, &turn)
      } else {
        endsAnyhow = true
        failures += 1
        done(false, &turn)
      }
    }
    if !isTaken { done(false, &turn) }
  }

  /// One JSON object: what an auditor needs beside packets of its own.
  private func text(_ epoch: EpochName, _ proof: VRFProof) -> String {
    let law = config.law
    return "{\"public_key\":\"\(key)\",\"chain\":\"\(Self.escaped(epoch.chain))\",\"epoch_s\":\(epoch.seconds),"
      + "\"epoch\":\(epoch.number),\"law\":\"\(law.kind.rawValue)\",\"mean_ms\":\(law.mean.ms),\"max_ms\":\(law.max.ms),"
      + "\"pi\":\"\(proof)\"}"
  }

  /// A text between a JSON text's quotation marks.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" {
        escaped += "\\\(scalar)"
      } else if scalar.value < 0x20 {
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
