public import MixNet

/// A connection of an adversary: bytes of any kind, both ways. What comes is kept up to a bound and then forgotten.
public final class RawWire {
  /// How far it is.
  public enum State: Sendable {
    /// It connects.
    case connecting
    /// Bytes can be sent.
    case open
    /// It is over, by either side.
    case ended
  }

  let id: ConnectionID
  private let network: any Network
  /// The place of its node among the targets.
  public let target: Int
  /// When it was begun.
  public let began: Instant
  /// How far it is.
  public private(set) var state = State.connecting
  /// What has come and was not taken yet.
  public private(set) var received: [UInt8] = []
  private var outgoing: [UInt8] = []
  /// For its owner: what is to be done on it next.
  public var step = 0
  /// For its owner: when.
  public var due: Instant

  private static let keptMax = 16 << 10
  private static let waitingMax = 64 << 10

  init(_ id: ConnectionID, _ network: any Network, target: Int, now: Instant) {
    (self.id, self.network, self.target, began, due) = (id, network, target, now, now)
  }

  /// Bytes that are not sent yet.
  public var waiting: Int { outgoing.count }

  /// Sends bytes, as soon as they can be; false, and nothing is sent, when too many wait.
  @discardableResult
  public func send(_ bytes: [UInt8]) -> Bool {
    guard state != .ended, outgoing.count + bytes.count <= Self.waitingMax else { return false }
    outgoing += bytes
    write()
    return true
  }

  /// Takes the first `count` bytes of what has come; nil when there are not so many.
  public func take(_ count: Int) -> [UInt8]? {
    guard received.count >= count else { return nil }
    defer { received.removeFirst(count) }
    return Array(received[..<count])
  }

  /// Takes a whole frame: four bytes that say how long it is, and its body; nil while none is whole.
  public func takeFrame() -> [UInt8]? {
    let bytes = received
    let size = Int(bytes.span.bigEndian(at: 0, as: UInt32.self))
    guard received.count >= 4, size <= Self.keptMax, let frame = take(4 + size) else { return nil }
    return Array(frame[4...])
  }

  /// Closes it.
  public func close(abort: Bool = false) {
    if state != .ended { network.close(id, abort: abort) }
    state = .ended
  }

  func handle(_ event: NetworkEvent, _ buffer: inout [UInt8]) {
    if state == .connecting {
      switch network.finishConnect(id) {
      case .moved: state = .open
      case .blocked: return
      case .ended, .failed: return close(abort: true)
      }
    }
    if event.writable || !outgoing.isEmpty { write() }
    if event.readable { read(&buffer) }
  }

  private func write() {
    guard state == .open else { return }
    while !outgoing.isEmpty {
      switch network.write(outgoing, on: id) {
      case .moved(let count): outgoing.removeFirst(count)
      case .blocked: return network.setInterest(id, read: true, write: true)
      case .ended, .failed: return close(abort: true)
      }
    }
    network.setInterest(id, read: true, write: false)
  }

  private func read(_ buffer: inout [UInt8]) {
    guard state == .open else { return }
    switch network.read(into: &buffer, from: id) {
    case .moved(let count): received += buffer[0..<min(count, Self.keptMax - min(received.count, Self.keptMax))]
    case .blocked: break
    case .ended, .failed: close(abort: true)
    }
  }
}
