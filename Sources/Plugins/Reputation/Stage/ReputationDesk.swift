import MixHost
import MixNet
import Synchronization

/// The book of a chain, for all workers: one lock for each report and question, none for packets.
final class ReputationDesk: ScoreBook {
  private struct State {
    var book: ReputationBook
    /// Banned since the tail's stage last asked.
    var newBans: [Bytes32] = []
    var refused = RefusedLinks()
    /// True when the book has changed since it was last written.
    var isUnsaved = false
    /// What the file held; nil when there was none, and once it has been taken up.
    var written: [UInt8]?
  }

  private let state: Mutex<State>
  /// Goes up with each link that is refused: a worker that has seen this number need not ask for them again.
  let refusals = Atomic<Int>(0)
  /// Goes up with each ban.
  let bans = Atomic<Int>(0)
  let file: BookFile
  let path: String
  private let own: Bytes32

  /// `written` is what the file holds; nil when there is none.
  init(_ rules: ScoreRules, file: BookFile, path: String, own: Bytes32, written: [UInt8]?) {
    state = Mutex(State(book: ReputationBook(rules), written: written))
    self.file = file
    self.path = path
    self.own = own
  }

  /// Takes up what an earlier process has left; false when its file cannot be used.
  func begin(at time: Instant, wall: WallTime) -> Bool {
    state.withLock { state in
      guard let written = state.written else { return true }
      state.written = nil
      guard let book = try? file.book(written, at: time, wall: wall) else { return false }
      state.book = book
      return true
    }
  }

  // MARK: ScoreBook

  func add(_ conduct: Conduct, of node: Bytes32, at time: Instant) {
    change(node) { state in
      guard state.book.add(conduct, of: node, at: time) else { return }
      state.newBans.append(node)
      bans.wrappingAdd(1, ordering: .releasing)
    }
  }

  func score(of node: Bytes32, at time: Instant) -> Int { state.withLock { $0.book.score(of: node, at: time) } }

  func standing(of node: Bytes32, at time: Instant) -> Standing {
    state.withLock { $0.book.standing(of: node, at: time) }
  }

  func setOpinion(_ opinion: Int, of node: Bytes32, at time: Instant) {
    change(node) { $0.book.setOpinion(opinion, of: node, at: time) }
  }

  func setCrowd(_ nodes: Int, of node: Bytes32, at time: Instant) {
    change(node) { $0.book.setCrowd(nodes, of: node, at: time) }
  }

  /// A node keeps no score of itself, nor of nobody.
  private func change(_ node: Bytes32, _ body: (inout State) -> Void) {
    guard node != own, !node.isZero else { return }
    state.withLock { state in
      body(&state)
      state.isUnsaved = true
    }
  }

  // MARK: Links

  func connect(_ node: Bytes32, at time: Instant) { change(node) { $0.book.connect(node, at: time) } }

  func disconnect(_ node: Bytes32, at time: Instant) { change(node) { $0.book.disconnect(node, at: time) } }

  /// The nodes that were banned since this was last asked.
  func takeNewBans() -> [Bytes32] {
    state.withLock { state in
      guard !state.newBans.isEmpty else { return [] }
      defer { state.newBans = [] }
      return state.newBans
    }
  }

  /// Nothing that comes on this link is taken any more; false when that was so before.
  @discardableResult
  func refuse(_ link: LinkID) -> Bool {
    let isNew = state.withLock { $0.refused.insert(link) }
    if isNew { refusals.wrappingAdd(1, ordering: .releasing) }
    return isNew
  }

  var refusedLinks: Set<LinkID> { state.withLock { $0.refused.links } }

  // MARK: The file

  /// The book, when it has changed since this was last asked.
  func takeUnsaved(at time: Instant) -> ReputationBook? {
    state.withLock { state in
      state.book.sweep(at: time)
      guard state.isUnsaved else { return nil }
      state.isUnsaved = false
      return state.book
    }
  }

  /// What was taken did not reach the disk.
  func notSaved() { state.withLock { $0.isUnsaved = true } }

  /// For the status: the book, and how many links were refused.
  var look: (book: ReputationBook, refused: Int) { state.withLock { ($0.book, $0.refused.count) } }
}
