import MixNet

extension SimHost {
  /// A job has come: the disk takes it if it has nothing else to do.
  func storageRang() { if !isDiskBusy { beginJob() } }

  private func beginJob() {
    guard let entry = storage.first else { return }
    let world = world
    let plan = disk.begin(entry.job, world.faults, world.settings.extents)
    for family in plan.fired { world.fire(family, self) }
    isDiskBusy = true
    diskToken &+= 1
    world.heap.push(at: (world.now + plan.length).ns, .disk, who: number, token: diskToken)
  }

  /// The disk has done its job; who gave it is told within this event, and the next one begins.
  func diskDone(_ token: UInt32) {
    guard token == diskToken, isDiskBusy, let entry = storage.first else { return }
    let result = disk.finish(world.settings.extents)
    traceJob(entry.job, result)
    storage.finish()
    isDiskBusy = false
    beginJob()
    entry.done(result)
  }

  /// A process that ends by itself waits for its disk: jobs that were taken are done before it is gone.
  func finishJobs() {
    while let entry = storage.first {
      if !isDiskBusy {
        for family in disk.begin(entry.job, world.faults, world.settings.extents).fired { world.fire(family, self) }
      }
      isDiskBusy = false
      let result = disk.finish(world.settings.extents)
      traceJob(entry.job, result)
      storage.finish()
      entry.done(result)
    }
  }

  private func traceJob(_ job: StorageJob, _ result: StorageResult) {
    let (world, trace) = (world, world.trace)
    guard trace.isOn else { return }
    let (name, path): (StaticString, String) =
      switch job {
      case .read(let path, _): ("read", path)
      case .replace(let path, _): ("replace", path)
      case .append(let path, _): ("append", path)
      case .makeFolder(let path): ("folder", path)
      case .remove(let path): ("remove", path)
      }
    var digest = PayloadDigest()
    var isDone = false
    if case .success(let bytes) = result {
      digest.add(bytes.span)
      isDone = true
    }
    trace.begin(world.ns, nameBytes, "disk")
    trace.fact("job", name)
    trace.fact("path", path)
    trace.fact("done", isDone ? "yes" : "no")
    trace.digest(digest.value)
    trace.end()
  }

  /// What became of the job that was under way when the process or the power went.
  func traceDisk(_ what: StaticString) {
    guard world.trace.isOn else { return }
    world.trace.begin(world.ns, nameBytes, "diskcut")
    world.trace.fact("kept", what)
    world.trace.end()
  }
}
