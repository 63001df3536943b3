package import MixNet
import Synchronization

/// What a node counts of its peers, or of one of them: messages, bytes, connections, and how long answers take.
///
/// One thread writes: relaxed loads and stores, which cost what plain ones do, and nothing is allocated. Any thread may
/// read a ``CounterSnapshot`` or set the counters back, and nobody ever waits for anybody.
package final class PeerCounters: Sendable {
  /// What became of a message.
  package enum Traffic: Int, CaseIterable, Sendable {
    /// It was written to a link; it came from one.
    case sent, received
    /// It could not be sent: its link broke, or was never there.
    case failed
    /// This node gave it up itself: there was no room, or it had waited for too long.
    case dropped
  }

  /// What became of a connection; one that failed was never there.
  package enum Connection: Int, CaseIterable, Sendable { case opened, closed, failed }

  /// Messages of each kind of traffic, then their bytes, the connections, and the measured latencies.
  private static let (bytesPlace, connectionsPlace, samplesPlace, totalsCount) = (4, 8, 11, 12)

  private let totals: InlineArray<12, Atomic<UInt64>>
  /// The totals when they were set back last: nothing that is written can get lost between two threads.
  private let bases: InlineArray<12, Atomic<UInt64>>
  private let base: Atomic<UInt64>
  /// Nanoseconds.
  private let latency = Atomic<UInt64>(0)
  private let latencyMax = Atomic<UInt64>(0)
  private let rates: RateWindow

  /// Counters that begin now.
  package init(now: Instant) {
    totals = InlineArray { _ in Atomic(0) }
    bases = InlineArray { _ in Atomic(0) }
    base = Atomic(now.ns)
    rates = RateWindow(began: now)
  }

  // MARK: Writing, by one thread

  /// Counts messages of so many bytes in all.
  package func count(_ traffic: Traffic, _ messages: Int = 1, bytes: Int, now: Instant) {
    let (messages, bytes) = (UInt64(clamping: messages), UInt64(clamping: bytes))
    add(messages, at: traffic.rawValue)
    add(bytes, at: Self.bytesPlace + traffic.rawValue)
    rates.add(messages, to: traffic.rawValue, now)
    rates.add(bytes, to: Self.bytesPlace + traffic.rawValue, now)
  }

  /// Counts a connection.
  package func count(_ connection: Connection) { add(1, at: Self.connectionsPlace + connection.rawValue) }

  /// An answer took so long. The average moves by an eighth of what it is off, as that of ``RoundTrip``.
  package func answered(after time: Nanos) {
    let (average, most) = (latency.load(ordering: .relaxed), latencyMax.load(ordering: .relaxed))
    let isFirst = total(Self.samplesPlace) == 0
    latency.store(isFirst ? time.ns : average - average / 8 + time.ns / 8, ordering: .relaxed)
    latencyMax.store(isFirst ? time.ns : max(most, time.ns), ordering: .relaxed)
    add(1, at: Self.samplesPlace)
  }

  private func add(_ count: UInt64, at place: Int) {
    totals[place].store(totals[place].load(ordering: .relaxed) &+ count, ordering: .releasing)
  }

  // MARK: Reading, by any thread

  /// What was counted since the counters were made or set back, and the rates of the last seconds.
  package func snapshot(_ now: Instant) -> CounterSnapshot {
    let samples = total(Self.samplesPlace)
    return CounterSnapshot(
      span: now - Instant(ns: base.load(ordering: .relaxed)), sent: volume(.sent), received: volume(.received),
      failed: volume(.failed), dropped: volume(.dropped), opened: total(connection: .opened),
      closed: total(connection: .closed), failedToOpen: total(connection: .failed), active: active,
      latency: samples == 0 ? .zero : Nanos(latency.load(ordering: .relaxed)),
      latencyMax: samples == 0 ? .zero : Nanos(latencyMax.load(ordering: .relaxed)), latencySamples: samples,
      sentRate: rate(.sent, now), receivedRate: rate(.received, now), failedRate: rate(.failed, now),
      droppedRate: rate(.dropped, now))
  }

  /// Counts from zero again. Connections that are open stay so, and rates are those of the last seconds as before.
  package func reset(_ now: Instant) {
    base.store(now.ns, ordering: .relaxed)
    for place in 0..<Self.totalsCount {
      bases[place].store(totals[place].load(ordering: .acquiring), ordering: .releasing)
    }
  }

  /// Since the last time that it was set back.
  private func total(_ place: Int) -> UInt64 {
    // In this order: a base is never more than the total that is read after it.
    let base = bases[place].load(ordering: .acquiring)
    return totals[place].load(ordering: .acquiring) &- base
  }

  private func total(connection: Connection) -> UInt64 { total(Self.connectionsPlace + connection.rawValue) }

  private func volume(_ traffic: Traffic) -> CounterSnapshot.Volume {
    CounterSnapshot.Volume(
      messages: total(traffic.rawValue), bytes: total(Self.bytesPlace + traffic.rawValue))
  }

  private func rate(_ traffic: Traffic, _ now: Instant) -> CounterSnapshot.Rate {
    CounterSnapshot.Rate(
      messages: rates.rate(traffic.rawValue, now), bytes: rates.rate(Self.bytesPlace + traffic.rawValue, now))
  }

  /// Closed ones first: a connection is opened before it is closed.
  private var active: UInt64 {
    let closed = totals[Self.connectionsPlace + Connection.closed.rawValue].load(ordering: .acquiring)
    let opened = totals[Self.connectionsPlace + Connection.opened.rawValue].load(ordering: .acquiring)
    return opened - min(opened, closed)
  }
}
