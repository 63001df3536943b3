import MixNet
import Relay
import Sphinx

@testable import MixHost

/// A chain of real stages without a node: what a fuzzer feeds it is a frame, and what leaves it is counted.
final class FuzzChain {
  let chain: LoneChain
  private(set) var now = Instant(ns: 1_000_000_000)
  private(set) var left = 0

  /// The first chain of a configuration.
  init(_ text: String, directory: NetworkDirectory = NetworkDirectory()) {
    let file = ConfigFile(text: text)
    let loader = NodeLoader(
      registry: Registry([.sphinx, .relay, .routed]), files: NoFiles(), wall: WallTime(ns: 1_750_000_000_000_000_000),
      base: ".", directory: { _ in .success(directory) })
    guard let blueprint = loader.load(file).blueprint, let first = blueprint.chains.first else {
      fatalError("\(file.mistakes)")
    }
    do throws(BuildError) {
      chain = try LoneChain(
        first, node: blueprint.facts, seed: Seed(1), now: now, wall: WallTime(ns: 1_750_000_000_000_000_000),
        targets: blueprint.targets(of: first.plan.name), hasClients: true)
    } catch { fatalError("\(error)") }
    chain.begin()
    run()
  }

  /// Frames of a size that its links would let through.
  func feed(_ bytes: [UInt8], on link: LinkID) {
    guard chain.shared.plan.limits.allows(.data, size: bytes.count) else { return }
    _ = chain.feed(bytes.span, on: link)
  }

  /// Turns until there is nothing to do now.
  func run() {
    var turns = 0
    while chain.step(at: now, { _ in left += 1 }) {
      turns += 1
      check(turns < 10_000, "the chain does not come to rest")
    }
  }

  func pass(_ time: Nanos) {
    now = now + time
    run()
  }

  /// What must hold between two inputs: no packet is in the chain, and every slot is free.
  func checkRest() {
    for _ in 0..<2 { pass(.ms(2)) }
    check(chain.held == 0, "\(chain.held) packets are held")
    check(chain.free == chain.slots, "\(chain.slots - chain.free) slots are lost")
    let (came, went) = chain.accounts
    check(came == went, "\(came) packets came, \(went) went")
  }
}

/// No stage of these chains reads a file.
struct NoFiles: FileSource {
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    throw StorageError(path: path, detail: "there are no files")
  }
}
