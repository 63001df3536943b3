package import MixNet

/// One thing that leaves a ``LoneChain``.
package struct LoneExit {
  package enum Target {
    case link(LinkID, SendPrefix)
    case client(Bytes32, Bytes16)
    case chain(Int)
    case datagram(Address)
  }
  /// The slot that it lies in. A slot that nobody fed holds a frame or a packet of a stage's own.
  package let slot: UInt32
  /// Bytes at its front that are left out.
  package let skip: UInt32
  package let target: Target
}

/// A link that a stage of a ``LoneChain`` has opened.
package struct LoneLink {
  package let link: LinkID
  package let address: Address
  /// True when its frames come to the stage alone.
  package let isOwn: Bool
  package let stage: Int
  package let worker: Int
}

/// What is around a chain that has no node: links that always connect, and files in memory.
final class LoneWorld {
  struct Job {
    let worker: Int
    let stage: Int
    let result: StorageResult
    let done: (StorageResult, inout Turn) -> Void
  }

  private(set) var links: [LoneLink] = []
  private var changes: [LinkChange] = []
  var jobs: [Job] = []
  /// Links whose queues stages wait for: what is sent here has left at once.
  var watched: [(worker: Int, link: LinkID)] = []
  private var files: [String: [UInt8]] = [:]

  /// As many as a small node has places for.
  private static let linksMax = 1_024

  var hasNews: Bool { !jobs.isEmpty || !changes.isEmpty || !watched.isEmpty }

  func open(_ address: Address, limits: FrameLimits?, stage: Int, worker: Int) -> LinkID? {
    guard links.count < Self.linksMax else { return nil }
    let link = LinkID(worker: worker, place: 1_024 + links.count, generation: 1)
    links.append(LoneLink(link: link, address: address, isOwn: limits != nil, stage: stage, worker: worker))
    changes.append(
      LinkChange(link: link, isUp: true, peer: Bytes32(), isDialled: true, isClient: false, reason: nil))
    return link
  }

  func close(_ link: LinkID) {
    let isDialled = links.contains { $0.link == link }
    links.removeAll { $0.link == link }
    changes.append(
      LinkChange(
        link: link, isUp: false, peer: Bytes32(), isDialled: isDialled, isClient: false, reason: .local))
  }

  func takeJobs() -> [Job] {
    guard !jobs.isEmpty else { return [] }
    defer { jobs = [] }
    return jobs
  }

  func takeWatched() -> [(worker: Int, link: LinkID)] {
    guard !watched.isEmpty else { return [] }
    defer { watched = [] }
    return watched
  }

  func takeChanges() -> [LinkChange] {
    guard !changes.isEmpty else { return [] }
    defer { changes = [] }
    return changes
  }

  func run(_ job: StorageJob) -> StorageResult {
    switch job {
    case .read(let path, let limit):
      guard let bytes = files[path] else { return .failure(StorageError(path: path, detail: "no such file")) }
      guard bytes.count <= limit else { return .failure(StorageError(path: path, detail: "file too large")) }
      return .success(bytes)
    case .replace(let path, let bytes): files[path] = bytes
    case .append(let path, let bytes): files[path, default: []] += bytes
    case .makeFolder: break
    case .remove(let path): files[path] = nil
    }
    return .success([])
  }
}
