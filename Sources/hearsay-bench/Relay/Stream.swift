import LinuxNet
import MixNet

/// What is sent: frames by their numbers.
protocol Cargo: AnyObject {
  /// Writes what stands before frame `number` (its length, and what differs from frame to frame) to `head`, which has room
  /// for ``Stream/headMax`` bytes; says how many bytes that is.
  func writeHead(of number: Int, to head: UnsafeMutablePointer<UInt8>) -> Int
  /// The rest of frame `number`.
  func body(of number: Int) -> UnsafeBufferPointer<UInt8>
}

/// One connection of the load: frames out by their numbers, frames in as they come. It copies nothing on the way out.
@safe final class Stream {
  let network: EpollNetwork
  let id: ConnectionID
  private let cargo: (any Cargo)?
  /// Called with every whole frame, its length left out.
  private let take: (Span<UInt8>) -> Void
  private let incoming: UnsafeMutableRawBufferPointer
  private var have = 0
  private let heads: UnsafeMutablePointer<UInt8>
  private let slices: UnsafeMutableBufferPointer<IOSlice>
  /// Frames of the connection's own: handshakes.
  private var own: [UInt8] = []
  /// The frames that are to be sent next, and how far apart they are.
  private var next = 0
  private let step: Int
  private var sentOfNext = 0
  private(set) var isBlocked = false
  private(set) var end: CloseReason?
  private var isConnecting: Bool

  static let headMax = 16
  private static let framesPerWrite = 64

  /// A connection that sends frames `first`, `first + step` and so on, as it is allowed to.
  init(
    _ id: ConnectionID, _ network: EpollNetwork, isConnecting: Bool, cargo: (any Cargo)? = nil, first: Int = 0,
    step: Int = 1, take: @escaping (Span<UInt8>) -> Void
  ) {
    self.network = network
    self.id = id
    self.cargo = cargo
    self.take = take
    self.isConnecting = isConnecting
    self.step = step
    next = first
    unsafe incoming = .allocate(byteCount: 512 << 10, alignment: 64)
    unsafe heads = .allocate(capacity: Self.framesPerWrite * Self.headMax)
    unsafe slices = .allocate(capacity: 2 * Self.framesPerWrite)
  }

  deinit {
    unsafe incoming.deallocate()
    unsafe heads.deallocate()
    unsafe slices.deallocate()
  }

  /// True while a frame is sent in part.
  var isHalfWay: Bool { sentOfNext > 0 && end == nil }
  var isOpen: Bool { !isConnecting && end == nil }

  /// Sends bytes of its own, before any frame; for handshakes, while nothing else is under way.
  func say(_ bytes: [UInt8]) {
    own += bytes
    flushOwn()
  }

  func handle(_ event: NetworkEvent) {
    if isConnecting {
      switch network.finishConnect(id) {
      case .moved: isConnecting = false
      case .blocked: return
      case .ended: return fail(.reset)
      case .failed(let reason): return fail(reason)
      }
    }
    if event.writable {
      isBlocked = false
      network.setInterest(id, read: true, write: false)
      flushOwn()
    }
    if event.readable { read() }
  }

  func close() {
    if end == nil { network.close(id, abort: false) }
    end = end ?? .local
  }

  private func fail(_ reason: CloseReason) {
    if end == nil { network.close(id, abort: true) }
    end = end ?? reason
  }

  // MARK: Out

  /// Writes at most `allowed` frames more, all of them before `limit`; says how many were written to their ends.
  func send(allowed: Int, before limit: Int) -> Int {
    var done = 0
    while isOpen, !isBlocked, own.isEmpty {
      let count = min(Self.framesPerWrite, max(allowed - done, sentOfNext > 0 ? 1 : 0), limit <= next ? 0 : (limit - next - 1) / step + 1)
      if count <= 0 { return done }
      let (parts, bytes) = gather(count)
      let list = unsafe UnsafeBufferPointer(rebasing: slices[0..<parts])
      switch unsafe network.write(id, from: list) {
      case .moved(let written):
        done += settle(written)
        if written < bytes { block() }
      case .blocked: block()
      case .ended: fail(.ended)
      case .failed(let reason): fail(reason)
      }
    }
    return done
  }

  private func gather(_ count: Int) -> (parts: Int, bytes: Int) {
    guard let cargo else { return (0, 0) }
    var (parts, bytes) = (0, 0)
    var skip = sentOfNext
    for i in 0..<count {
      let number = next + i * step
      let head = unsafe heads + i * Self.headMax
      let headSize = unsafe cargo.writeHead(of: number, to: head)
      let body = unsafe cargo.body(of: number)
      if skip < headSize {
        unsafe slices[parts] = IOSlice(base: head + skip, count: headSize - skip)
        bytes += headSize - skip
        parts += 1
      }
      let bodySkip = max(0, skip - headSize)
      if let base = body.baseAddress {
        let start = unsafe UnsafeMutableRawPointer(mutating: base + bodySkip)
        unsafe slices[parts] = IOSlice(base: start, count: body.count - bodySkip)
        bytes += body.count - bodySkip
        parts += 1
      }
      skip = 0
    }
    return (parts, bytes)
  }

  /// Counts what was written; says how many frames are whole now.
  private func settle(_ written: Int) -> Int {
    guard let cargo else { return 0 }
    var left = written + sentOfNext
    var done = 0
    while true {
      let size = unsafe cargo.writeHead(of: next, to: heads) + cargo.body(of: next).count
      if left < size { break }
      left -= size
      next += step
      done += 1
    }
    sentOfNext = left
    return done
  }

  private func block() {
    isBlocked = true
    network.setInterest(id, read: true, write: true)
  }

  private func flushOwn() {
    while isOpen, !isBlocked, !own.isEmpty {
      let result = unsafe own.withUnsafeMutableBytes { bytes -> IOResult in
        guard let base = bytes.baseAddress else { return .blocked }
        unsafe slices[0] = IOSlice(base: base, count: bytes.count)
        return unsafe network.write(id, from: UnsafeBufferPointer(rebasing: slices[0..<1]))
      }
      switch result {
      case .moved(let count): own.removeFirst(count)
      case .blocked: block()
      case .ended: fail(.ended)
      case .failed(let reason): fail(reason)
      }
    }
  }

  // MARK: In

  private func read() {
    for _ in 0..<4 where isOpen {
      guard let base = unsafe incoming.baseAddress else { return }
      let room = unsafe incoming.count - have
      unsafe slices[0] = IOSlice(base: base + have, count: room)
      switch unsafe network.read(id, into: UnsafeBufferPointer(rebasing: slices[0..<1])) {
      case .moved(let count):
        have += count
        parse()
        if count < room { return }
      case .blocked: return
      case .ended: return fail(.ended)
      case .failed(let reason): return fail(reason)
      }
    }
  }

  /// Hands out every whole frame; what is left of one moves to the front.
  private func parse() {
    guard let base = unsafe incoming.baseAddress else { return }
    var at = 0
    while have - at >= 4 {
      let length = Int(UInt32(bigEndian: unsafe base.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
      guard length <= 128 << 10 else { return fail(.protocolError) }
      guard have - at >= 4 + length else { break }
      let start = unsafe (base + at + 4).assumingMemoryBound(to: UInt8.self)
      unsafe take(Span(_unsafeStart: start, count: length))
      at += 4 + length
    }
    if at > 0 {
      unsafe base.copyMemory(from: base + at, byteCount: have - at)
      have -= at
    }
  }
}
