import MixNet

/// What a disk is about to do.
struct DiskPlan {
  /// How long it takes.
  var length: Nanos
  /// The faults that have struck it.
  var fired: [FaultFamily]
}

/// A disk at work: its files, the job under way, and the chance of faults.
struct DiskState: ~Copyable {
  var files = FileTree()
  private var random: RandomStream
  private let settings: DiskSettings
  /// Files that are not what a program was told, in the order in which they came to be so.
  private(set) var wounds: [DiskWound] = []
  private var under: (job: StorageJob, dice: Dice, fired: [FaultFamily])?
  /// Jobs that were done to their end, whatever came of them.
  private(set) var jobsDone = 0
  /// What a disk writes as one.
  private static let sector = 512

  init(seed: Seed, settings: DiskSettings) {
    random = RandomStream(seed: seed)
    self.settings = settings
  }

  /// Takes a job. Which faults strike it is known from now on.
  mutating func begin(_ job: StorageJob, _ plan: FaultPlan, _ extents: FaultExtents) -> DiskPlan {
    let dice = Dice(word: random.next())
    var fired: [FaultFamily] = []
    for family in Self.families(of: job) where dice.hits(family, plan) { fired.append(family) }
    // The first failure is the one that is answered; what fails does not also go wrong in silence.
    let failures: [FaultFamily] = [.diskError, .diskFull, .diskSync]
    if let first = fired.first(where: failures.contains) { fired = fired.filter { $0 == first || $0 == .diskSlow } }
    under = (job, dice, fired)
    let (base, size) = cost(of: job)
    var length = base.length(dice.bits(Salt.delay))
    if settings.bandwidth > 0 { length = length + Nanos(UInt64(size) * 1_000_000_000 / settings.bandwidth) }
    if fired.contains(.diskSlow) { length = length + extents.diskSlow.length(dice.detail(.diskSlow)) }
    return DiskPlan(length: length, fired: fired)
  }

  private static func families(of job: StorageJob) -> [FaultFamily] {
    switch job {
    case .read: [.diskSlow, .diskError, .diskCorrupt]
    case .replace, .append:
      [.diskSlow, .diskError, .diskFull, .diskSync, .diskLost, .diskTorn, .diskMisdirected, .diskCorrupt]
    case .makeFolder, .remove: [.diskSlow, .diskError]
    }
  }

  private func cost(of job: StorageJob) -> (Delay, Int) {
    switch job {
    case .read(let path, let limit): (settings.read, min(files.bytes(of: path)?.count ?? 0, max(0, limit)))
    case .replace(_, let bytes), .append(_, let bytes): (settings.write, bytes.count)
    case .makeFolder, .remove: (settings.write, 0)
    }
  }

  /// Does the job that was taken.
  mutating func finish(_ extents: FaultExtents) -> StorageResult {
    guard let (job, dice, fired) = under else { return .failure(StorageError(path: "", detail: "No job")) }
    under = nil
    jobsDone += 1
    if let error = Self.refusal(job, fired) { return .failure(error) }
    switch job {
    case .read(let path, let limit):
      return files.read(path, limit: limit).map { bytes in
        var bytes = bytes
        if fired.contains(.diskCorrupt) { Self.flip(&bytes, dice, extents) }
        return bytes
      }
    case .replace(let path, let bytes):
      return write(path, bytes, whole: bytes, dice, fired, extents)
    case .append(let path, let bytes):
      let isTrue = fired.allSatisfy { $0 == .diskSlow }
      if isTrue, files.used + bytes.count <= settings.capacity, files.append(bytes, to: path) { return .success([]) }
      return write(path, bytes, whole: (files.bytes(of: path) ?? []) + bytes, dice, fired, extents)
    case .makeFolder(let path):
      if let error = files.makeFolder(path) { return .failure(error) }
    case .remove(let path):
      if files.hasFolder(path) { return .failure(StorageError(path: path, detail: "Is a directory")) }
      files.remove(path)
    }
    return .success([])
  }

  private static func refusal(_ job: StorageJob, _ fired: [FaultFamily]) -> StorageError? {
    let path =
      switch job {
      case .read(let path, _), .replace(let path, _), .append(let path, _), .makeFolder(let path), .remove(let path):
        path
      }
    // A failed write leaves the file as it was: that is what the real storage promises.
    if fired.contains(.diskError) { return StorageError(path: path, detail: "Input/output error") }
    if fired.contains(.diskFull) { return StorageError(path: path, detail: "No space left on device") }
    if fired.contains(.diskSync) { return StorageError(path: path, detail: "fsync: Input/output error") }
    return nil
  }

  /// Writes a file whose content is to be `whole`, of which `new` is what is written now.
  private mutating func write(
    _ path: String, _ new: [UInt8], whole: [UInt8], _ dice: Dice, _ fired: [FaultFamily], _ extents: FaultExtents
  ) -> StorageResult {
    if let error = files.obstacle(path) { return .failure(error) }
    let old = files.bytes(of: path)
    guard files.used - (old?.count ?? 0) + whole.count <= settings.capacity else {
      return .failure(StorageError(path: path, detail: "No space left on device"))
    }
    if fired.contains(.diskMisdirected) {
      wounds.append(DiskWound(path: path, family: .diskMisdirected))
      misdirect(new, from: path, dice)
      return .success([])
    }
    var content = whole
    if fired.contains(.diskCorrupt), !new.isEmpty {
      var tail = Array(content.suffix(new.count))
      Self.flip(&tail, dice, extents)
      wounds.append(DiskWound(path: path, family: .diskCorrupt))
      content.replaceSubrange((content.count - tail.count)..., with: tail)
    }
    if fired.contains(.diskLost) {
      files.write(content, at: path, lasting: .some(files.lasting(path)), lie: .diskLost)
    } else if fired.contains(.diskTorn) {
      let kept = content.count - new.count + torn(new.count, dice, .diskTorn)
      files.write(content, at: path, lasting: .some(Array(content.prefix(kept))), lie: .diskTorn)
    } else {
      files.write(content, at: path)
    }
    return .success([])
  }

  /// How many of `count` bytes are there when only some sectors are: fewer than all, if there are any.
  private func torn(_ count: Int, _ dice: Dice, _ family: FaultFamily) -> Int {
    let sectors = UInt64((count + Self.sector - 1) / Self.sector)
    return Int(dice.detail(family, below: max(1, sectors))) * Self.sector
  }

  /// The bytes land in another file, or, where there is none, at a wrong place of their own.
  private mutating func misdirect(_ bytes: [UInt8], from path: String, _ dice: Dice) {
    let others = files.files.indices.filter { files.files[$0].path != path && !files.files[$0].bytes.isEmpty }
    guard !others.isEmpty else {
      return files.write([UInt8](repeating: 0, count: Self.sector) + bytes, at: path)
    }
    let victim = others[Int(dice.detail(.diskMisdirected, below: UInt64(others.count)))]
    wounds.append(DiskWound(path: files.files[victim].path, family: .diskMisdirected))
    files.damage(victim) { content in
      let sectors = UInt64((content.count + Self.sector - 1) / Self.sector)
      let start = Int(dice.detail(.diskMisdirected, 1, below: sectors)) * Self.sector
      let end = min(content.count, start + bytes.count)
      for place in start..<max(start, end) { content[place] = bytes[place - start] }
    }
  }

  private static func flip(_ bytes: inout [UInt8], _ dice: Dice, _ extents: FaultExtents) {
    guard !bytes.isEmpty else { return }
    let bits = 1 + dice.detail(.diskCorrupt, below: max(1, extents.bitsMax))
    for bit in 0..<bits {
      let place = Int(dice.detail(.diskCorrupt, 2 * bit + 1, below: UInt64(bytes.count)))
      bytes[place] ^= 1 << UInt8(dice.detail(.diskCorrupt, 2 * bit + 2, below: 8))
    }
  }

  /// The process, or the power, is gone. The job under way was not answered: it may have been done or not, and an append
  /// may have been done in part. A process's end alone loses nothing that the system had taken.
  mutating func crash(losesPower: Bool) -> StaticString? {
    var said: StaticString?
    if let (job, dice, _) = under {
      under = nil
      said = carryOut(half: job, dice)
    }
    if losesPower { wounds += files.losePower() }
    return said
  }

  /// Everything is gone.
  mutating func wipe() {
    wounds += files.paths.map { DiskWound(path: $0, family: .wipe) }
    files = FileTree()
  }

  private mutating func carryOut(half job: StorageJob, _ dice: Dice) -> StaticString {
    let isDone = dice.value(below: 2, salt: Salt.turn) == 1
    switch job {
    case .read: return "read"
    case .append(let path, let bytes):
      guard files.obstacle(path) == nil else { return "nothing" }
      let kept = Int(dice.value(below: UInt64(bytes.count) + 1, salt: Salt.again))
      files.write((files.bytes(of: path) ?? []) + bytes.prefix(kept), at: path)
      return "part"
    case .replace(let path, let bytes):
      guard isDone, files.obstacle(path) == nil else { return "nothing" }
      files.write(bytes, at: path)
    case .makeFolder(let path):
      guard isDone else { return "nothing" }
      _ = files.makeFolder(path)
    case .remove(let path):
      guard isDone else { return "nothing" }
      files.remove(path)
    }
    return "all"
  }
}
