import Synchronization

/// What the host counts for each chain, beside the verdicts by stage and reason.
///
/// At any moment: `received + injected = consumed + dropped + forwarded + held`, where `dropped` are the verdicts of all
/// stages but `link_out`, and `held` is what is in the chain.
public enum Counter: Int, CaseIterable, Sendable {
  /// Packets that came on links, from clients and from other chains.
  case received
  /// Packets that stages of the chain made.
  case injected
  /// Packets that a forward stage found an outlet for.
  case forwarded
  /// Sends on links that forward stages asked for: more than packets when they fan out.
  case sends
  /// Deliveries to stages that claimed the address.
  case served
  /// Deliveries to clients that are attached.
  case toClients
  /// Deliveries that were given to the mailbox.
  case toMailbox
  /// Copies handed to other chains.
  case handed
  /// Frames that stages wrote themselves.
  case frames
  /// Data frames written to links, to the last byte.
  case written
  /// Batches that the head has run.
  case batches
  /// Packets that entered the mix stages or the host's own waiting.
  case waited
  /// Times that reading from clients was stopped, to make them wait.
  case pauses

  /// The word that operators see.
  public var name: String {
    switch self {
    case .received: "received"
    case .injected: "injected"
    case .forwarded: "forwarded"
    case .sends: "sends"
    case .served: "served"
    case .toClients: "to_clients"
    case .toMailbox: "to_mailbox"
    case .handed: "handed"
    case .frames: "frames"
    case .written: "written"
    case .batches: "batches"
    case .waited: "waited"
    case .pauses: "pauses"
    }
  }
}

/// The counters of one chain on one worker. The worker alone writes them, any thread may read them: relaxed loads and
/// stores, which cost what plain ones do.
package final class ChainCounters: @unchecked Sendable {
  private let cells: UnsafeMutablePointer<Atomic<UInt64>>
  private let stages: Int

  /// Two stages of the host's own stand before the chain's: reading from links, and writing to them.
  static let linkIn = 0
  static let linkOut = 1
  static let mailbox = 2
  /// The number of the chain's first stage.
  package static let firstStage = 3
  /// The names of the host's own stages.
  static let hostStages = ["link_in", "link_out", "mailbox"]

  private static var scalars: Int { Counter.allCases.count }
  private var size: Int { Self.scalars + 2 * stages * Verdicts.codes }

  package init(stages: Int) {
    self.stages = stages
    let size = Self.scalars + 2 * stages * Verdicts.codes
    cells = .allocate(capacity: size)
    for i in 0..<size { (cells + i).initialize(to: Atomic(0)) }
  }

  deinit { cells.deallocate() }

  func add(_ counter: Counter, _ n: Int = 1) { bump(counter.rawValue, n) }
  func add(stage: Int, code: UInt8) { bump(Self.scalars + stage * Verdicts.codes + Int(code), 1) }
  func add(stage: Int, _ reason: DropReason) { add(stage: stage, code: Verdicts.code(reason)) }
  /// A drop without a packet: it is shown, but no packet is missing because of it.
  func addAside(stage: Int, _ reason: DropReason) {
    bump(Self.scalars + (stages + stage) * Verdicts.codes + Int(Verdicts.code(reason)), 1)
  }

  package func read(_ counter: Counter) -> UInt64 { cells[counter.rawValue].load(ordering: .relaxed) }
  package func read(stage: Int, code: UInt8) -> UInt64 {
    cells[Self.scalars + stage * Verdicts.codes + Int(code)].load(ordering: .relaxed)
  }
  func readAside(stage: Int, code: UInt8) -> UInt64 {
    cells[Self.scalars + (stages + stage) * Verdicts.codes + Int(code)].load(ordering: .relaxed)
  }

  private func bump(_ cell: Int, _ n: Int) {
    let value = cells[cell].load(ordering: .relaxed)
    cells[cell].store(value &+ UInt64(n), ordering: .relaxed)
  }
}
