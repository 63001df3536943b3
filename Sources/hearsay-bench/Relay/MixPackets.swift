import MixNet
import Sphinx

/// Distinct packets for one node and the sink behind it, made before any time is taken. A node that lives anew takes them
/// anew.
@safe final class MixPackets: Cargo {
  let route = MixRoute(hops: 2)
  /// Packets of the flat part; those of the paced part follow.
  let flat: Int
  let count: Int
  private let memory: UnsafeMutablePointer<UInt8>
  private let size: Int

  init(_ bench: Bench) throws(BenchError) {
    let paced = bench.size(max(200, Int(bench.options.seconds * 500)), quick: 20)
    // As many as one worker a core gets through in the time, and the warming up.
    flat = bench.size(max(1_000, Int(bench.options.seconds * 1.25 * 16_000)), quick: 200)
    count = flat + paced
    size = route.size.packet
    unsafe memory = .allocate(capacity: count * size)
    unsafe memory.initialize(repeating: 0, count: count * size)
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(11))
    for number in 0..<count {
      var packet = unsafe MutableSpan(_unsafeStart: memory + number * size, count: size)
      do throws(SphinxError) { try route.make(UInt64(number), into: &packet, &sender, &random) } catch {
        throw BenchError("no packet can be made: \(error)")
      }
    }
  }

  deinit { unsafe memory.deallocate() }

  /// A client's frame: the kind of a packet before the packet.
  func writeHead(of number: Int, to head: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe UnsafeMutableRawPointer(head).storeBytes(of: UInt32(size + 1).bigEndian, as: UInt32.self)
    unsafe head[4] = ClientProtocol.Kind.packet.rawValue
    return 5
  }

  func body(of number: Int) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: memory + number * size, count: size)
  }
}
