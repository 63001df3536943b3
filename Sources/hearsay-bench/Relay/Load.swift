import LinuxNet
import MixNet

/// What drives a node from outside, in one thread: links that send numbered frames, and links on which they come out.
final class Load {
  let network: EpollNetwork
  private let clock = SystemClock()
  private var events: [NetworkEvent] = []
  private var streams: [ConnectionID: Stream] = [:]
  /// The streams that send, in a fixed order.
  private var senders: [Stream] = []
  private var turnOf = 0
  private var listener: ListenerID?
  private var onAccept: (ConnectionID) -> Stream? = { _ in nil }

  /// Frames that went out to their last byte, and frames that came and were taken for right.
  private(set) var sent = 0
  var received = 0
  var wrong = 0
  /// Frames that may be under way.
  var window = 1_024
  /// Frames below this number may be sent.
  var limit = 0
  /// When each frame of the paced part was sent, by its number less ``pacedFrom``.
  private var begun: [UInt64] = []
  private var pacedFrom = Int.max
  /// Times from sending to receiving.
  private(set) var latency = Latency(count: 0)

  private static let framesAtOnce = 32

  init() throws(BenchError) {
    do throws(SystemError) { network = try EpollNetwork() } catch { throw BenchError(error.description) }
    events.reserveCapacity(256)
  }

  var now: Instant { clock.now }

  /// Listens on a free port; each connection that comes becomes the stream that `made` makes of it.
  func listen(_ made: @escaping (ConnectionID) -> Stream?) throws(BenchError) -> Address {
    do throws(NetworkError) {
      let listener = try network.listen(.loopback(port: 0), backlog: 16)
      self.listener = listener
      onAccept = made
      return network.address(of: listener) ?? .loopback(port: 0)
    } catch { throw BenchError(error.description) }
  }

  /// Connects a stream that `made` makes of its connection.
  func connect(_ address: Address, _ made: (ConnectionID) -> Stream) throws(BenchError) -> Stream {
    do throws(NetworkError) {
      let stream = made(try network.connect(address))
      streams[stream.id] = stream
      senders.append(stream)
      return stream
    } catch { throw BenchError(error.description) }
  }

  /// One look at the sockets, until `deadline` at most.
  func turn(until deadline: Instant) {
    network.wait(until: deadline, into: &events)
    for event in events {
      switch event.source {
      case .connection(let id): streams[id]?.handle(event)
      case .listener: accept()
      case .datagram: break
      }
    }
    events.removeAll(keepingCapacity: true)
  }

  private func accept() {
    guard let listener else { return }
    while case .accepted(let connection) = network.accept(listener) {
      let id = network.adopt(connection)
      if let stream = onAccept(id) { streams[id] = stream } else { network.close(id, abort: true) }
    }
  }

  /// Turns until `isDone`, at most so long.
  func wait(_ what: String, atMost time: Nanos = .s(10), until isDone: () -> Bool) throws(BenchError) {
    let end = now + time
    while !isDone() {
      if let reason = broken { throw BenchError("\(what): a link is gone: \(reason.name)") }
      guard now < end else { throw BenchError("\(what): nothing after \(time.ms) ms") }
      turn(until: now + .ms(20))
    }
  }

  private var broken: CloseReason? { senders.lazy.compactMap(\.end).first }

  // MARK: The load

  /// Sends as fast as the window lets it, for so long or until the limit is reached.
  func flatOut(for time: Nanos) {
    let end = now + time
    while now < end, sent < limit, broken == nil {
      push()
      turn(until: min(end, now + .ms(10)))
    }
  }

  /// Sends what the window allows, some frames on each link in turn, so that no link has it all.
  private func push() {
    var resting = 0
    while resting < senders.count {
      let allowed = window - (sent - received - wrong)
      guard allowed > 0 else { return }
      let count = senders[turnOf].send(allowed: min(allowed, Self.framesAtOnce), before: limit)
      turnOf = (turnOf + 1) % senders.count
      sent += count
      resting = count == 0 ? resting + 1 : 0
    }
  }

  /// Sends `count` frames one by one on a stream of their own that begins with frame `first`, so many a second, and takes
  /// their latencies.
  func paced(_ stream: Stream, from first: Int, _ count: Int, perSecond rate: Int) {
    pacedFrom = first
    begun = [UInt64](repeating: 0, count: count)
    latency = Latency(count: count)
    let start = now
    for number in first..<first + count where broken == nil {
      let due = start + Nanos(UInt64(number - first) * 1_000_000_000 / UInt64(rate))
      while now < due { turn(until: due) }
      begun[number - first] = now.ns
      sent += stream.send(allowed: 1, before: number + 1)
    }
  }

  /// Frame `number` has come out.
  func arrived(_ number: Int) {
    received += 1
    guard number >= pacedFrom, number - pacedFrom < begun.count else { return }
    latency.add(now - Instant(ns: begun[number - pacedFrom]))
  }

  /// Sends the rest of what is half sent, and waits for what is under way, as long as something comes.
  func drain() {
    var news = now
    var last = received
    while received + wrong < sent || senders.contains(where: \.isHalfWay), now - news < .ms(1_000), broken == nil {
      for sender in senders { sent += sender.send(allowed: 0, before: .max) }
      turn(until: now + .ms(20))
      if received != last { (last, news) = (received, now) }
    }
  }

  func close() {
    for stream in streams.values.sorted(by: { $0.id.raw < $1.id.raw }) { stream.close() }
    streams = [:]
    senders = []
    if let listener { network.close(listener) }
    listener = nil
  }
}
