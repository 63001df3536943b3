import MixHost
import MixNet

// Stages that break one rule each. The kit must say which.

/// A mix stage that holds packets for 2 ms, but for what a test makes it do instead.
final class OddMix: MixStage {
  typealias HoldCall = @Sendable (OddMix, inout MixBatch, inout Verdicts, inout Turn) -> Void
  typealias ReleaseCall = @Sendable (OddMix, inout MixBatch, inout Turn) -> Void

  var held = Hold(capacity: 4_096)
  var due = Instant.never
  private let holds: HoldCall
  private let releases: ReleaseCall
  private let drains: ReleaseCall

  init(_ hold: @escaping HoldCall, _ release: @escaping ReleaseCall, _ drain: @escaping ReleaseCall) {
    (holds, releases, drains) = (hold, release, drain)
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) { holds(self, &batch, &verdicts, &turn) }
  func release(into batch: inout MixBatch, _ turn: inout Turn) { releases(self, &batch, &turn) }
  func drain(into batch: inout MixBatch, _ turn: inout Turn) { drains(self, &batch, &turn) }

  @Sendable static func takeAll(
    _ mix: OddMix, _ batch: inout MixBatch, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.packets.indices { mix.held.insert(batch.take(i)) }
    if mix.due == .never { mix.due = turn.now + .ms(2) }
    turn.wake(at: mix.due)
  }

  @Sendable static func giveWhenDue(_ mix: OddMix, _ batch: inout MixBatch, _ turn: inout Turn) {
    if mix.due <= turn.now { giveAll(mix, &batch, &turn) }
    if mix.held.count == 0 { mix.due = .never }
  }

  @Sendable static func giveAll(_ mix: OddMix, _ batch: inout MixBatch, _ turn: inout Turn) {
    while mix.held.count > 0, batch.room > 0 { batch.append(mix.held.remove(at: 0)) }
  }

  static func descriptor(
    hold: @escaping HoldCall = takeAll, release: @escaping ReleaseCall = giveWhenDue,
    drain: @escaping ReleaseCall = giveAll
  ) -> StageDescriptor {
    StageDescriptor(
      .mix, "odd_mix", summary: "does something wrong", config: { (_: inout ConfigTable) in true },
      make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any MixStage in OddMix(hold, release, drain) })
  }
}

/// A decode stage whose calls are closures over a state of its own.
final class OddDecode<State>: DecodeStage {
  typealias Call = (inout State, inout PacketBatch, inout Decoded, inout Verdicts, inout Turn) -> Void
  var state: State
  let decodes: Call
  let finishes: Call

  init(_ state: State, decode: @escaping Call, finish: @escaping Call) {
    self.state = state
    (decodes, finishes) = (decode, finish)
  }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    decodes(&state, &batch, &columns, &verdicts, &turn)
  }
  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    finishes(&state, &batch, &columns, &verdicts, &turn)
  }

  static func descriptor(
    _ state: @escaping @Sendable () -> State,
    decode: @escaping @Sendable (inout State, inout PacketBatch, inout Decoded, inout Verdicts, inout Turn) -> Void,
    finish: @escaping @Sendable (inout State, inout PacketBatch, inout Decoded, inout Verdicts, inout Turn) -> Void = {
      _, _, _, _, _ in
    }
  ) -> StageDescriptor {
    StageDescriptor(
      .decode, "odd_decode", summary: "does something wrong", config: { (_: inout ConfigTable) in true },
      shape: { (_: Bool) in
        DecodeShape(framing: .raw, limits: FrameLimits(32...256), protocolName: "odd", scratchSize: 0)
      },
      make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in
        OddDecode(state(), decode: decode, finish: finish)
      })
  }
}

/// A forward stage whose call is a closure over a state of its own.
final class OddForward<State>: ForwardStage {
  typealias Call = (inout State, borrowing PacketBatch, inout Outlets, inout Verdicts, inout Turn) -> Void
  var state: State
  let forwards: Call

  init(_ state: State, _ forward: @escaping Call) {
    self.state = state
    forwards = forward
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) { forwards(&state, batch, &outlets, &verdicts, &turn) }

  static func descriptor(
    uses: [String] = [], _ state: @escaping @Sendable () -> State,
    _ forward:
      @escaping @Sendable (inout State, borrowing PacketBatch, inout Outlets, inout Verdicts, inout Turn)
      -> Void
  ) -> StageDescriptor {
    StageDescriptor(
      .forward, "odd_forward", summary: "does something wrong", uses: uses, config: { (_: inout ConfigTable) in true },
      make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in OddForward(state(), forward) })
  }
}

/// An observe stage with a table of its own.
final class IdleStage: ObserveStage {
  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
  }

  static func descriptor<C: Sendable>(
    _ name: String = "idle", summary: String = "looks on", _ config: @escaping @Sendable (inout ConfigTable) -> C
  ) -> StageDescriptor {
    StageDescriptor(
      .observe, name, summary: summary, config: config,
      make: { (_: C, _: inout StageBuilder) throws(BuildError) -> any ObserveStage in IdleStage() })
  }
}
