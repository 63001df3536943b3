public import MixNet

extension SimWorld {
  /// Lets `task` happen at a time: what a workload does, or a test.
  public func at(_ time: Instant, _ task: @escaping (SimWorld) -> Void) {
    heap.push(at: max(time.ns, ns), .task, who: tasks.add(task), token: 0)
  }

  /// Lets `task` happen after `span`.
  public func after(_ span: Nanos, _ task: @escaping (SimWorld) -> Void) { at(now + span, task) }

  /// Writes a line of the user's own into the trace, as from `host`.
  public func note(_ host: SimHost, _ text: String) {
    guard trace.isOn else { return }
    trace.begin(ns, host.nameBytes, "note")
    trace.fact("text", text)
    trace.end()
  }
}
