import MixNet

/// Does the jobs of a mailbox, on its thread.
struct MailboxKeeper {
  let file: MailboxFile
  let wall: @Sendable () -> WallTime
  /// Told about each transaction: nil when it went well.
  let report: (SQLiteFailure?) -> Void

  /// Does jobs in their order. Those that write and stand side by side share a transaction: what costs most, the wait
  /// for the disk, is paid once for all of them. A fetch sees what stands before it.
  func work(_ jobs: [MailboxJob]) {
    var rest = jobs[...]
    while let next = rest.first {
      if case .fetch(let client, let after, let limit, let done) = next {
        rest.removeFirst()
        done(fetch(for: client, after: after, limit: limit))
      } else {
        let writes = rest.prefix { !$0.isFetch }
        rest.removeFirst(writes.count)
        write(writes)
      }
    }
  }

  /// Removes messages that are too old.
  ///
  /// - Returns: whether there are more of them.
  func expire() -> Bool {
    var count = 0
    guard attempt({ () throws(SQLiteFailure) in count = try file.expire(at: wall()) }) == nil else { return false }
    return count == MailboxFile.expiredMax
  }

  private func fetch(for client: Bytes32, after: UInt64, limit: Int) -> [MailboxMessage]? {
    do throws(SQLiteFailure) {
      return try file.fetch(for: client, after: after, limit: limit, at: wall())
    } catch {
      report(error)
      return nil
    }
  }

  private func write(_ jobs: ArraySlice<MailboxJob>) {
    let now = wall()
    var answers: [MailboxRefusal?] = []
    answers.reserveCapacity(jobs.count)
    let failure = attempt { () throws(SQLiteFailure) in
      for job in jobs { answers.append(try apply(job, at: now)) }
    }
    guard let failure else {
      for (job, refusal) in zip(jobs, answers) { job.answer(refusal) }
      return
    }
    guard jobs.count == 1 else {
      // Each on its own: on a full disk a removal, or a small message, may still succeed.
      for place in jobs.indices { write(jobs[place...place]) }
      return
    }
    for job in jobs { job.answer(failure.reason == .full ? .full : .failed) }
  }

  private func apply(_ job: MailboxJob, at now: WallTime) throws(SQLiteFailure) -> MailboxRefusal? {
    switch job {
    case .register(let client): try file.register(client, at: now)
    case .store(let payload, let identifier, let client, _):
      return try file.store(payload, identifier: identifier, for: client, at: now)
    case .remove(let number, let client): try file.remove(upTo: number, for: client)
    case .fetch: break
    }
    return nil
  }

  private func attempt(_ body: () throws(SQLiteFailure) -> Void) -> SQLiteFailure? {
    do throws(SQLiteFailure) {
      try file.transaction(body)
      report(nil)
      return nil
    } catch {
      report(error)
      return error
    }
  }
}

extension MailboxJob {
  fileprivate func answer(_ refusal: MailboxRefusal?) {
    if case .store(_, _, _, let done) = self { done(refusal) }
  }
}
