import Testing

@testable import hearsay_bench

/// What counts as a fault.
@Suite struct MeasureTests {
  private func measure(_ sent: Int, _ received: Int, dropped: Int = 0, wrong: Int = 0) -> Measure {
    var measure = Measure("case")
    (measure.sent, measure.received, measure.dropped, measure.wrong) = (sent, received, dropped, wrong)
    return measure
  }

  @Test func outputIsInputLessCountedDrops() {
    #expect(measure(10, 10).faults.isEmpty)
    #expect(measure(10, 7, dropped: 3).faults.isEmpty)
  }

  @Test func aLostOneIsAFault() {
    #expect(measure(10, 9).faults == ["9 came out, but 10 went in and 0 were dropped and counted"])
  }

  @Test func aDoubledOneIsAFault() { #expect(measure(10, 11).faults.count == 1) }

  @Test func aSpoiltOneIsAFault() { #expect(measure(10, 9, wrong: 1).faults.first == "1 of 10 came out wrong") }

  @Test func nothingAtAllIsAFault() { #expect(measure(0, 0).faults == ["nothing went in"]) }

  @Test func aFaultEndsTheProgramBadly() {
    let bench = Bench(isQuick: true, isJSON: true)
    bench.run(Benchmark(name: "broken", summary: "") { bench throws(BenchError) in throw BenchError("it broke") })
    #expect(bench.faults == 1)
  }
}
