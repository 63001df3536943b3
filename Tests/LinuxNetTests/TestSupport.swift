import Glibc
import MixNet
import Synchronization
import Testing

@testable import LinuxNet

/// A folder that goes with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("\(P_tmpdir)/hearsay-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
    path = String(cString: try #require(made))
  }

  deinit { removeTree(path) }

  /// The names in it, sorted.
  var names: [String] { entries(of: path).sorted() }
}

/// Ends the process with the number that `body` gives, after the folder that it was lent is gone.
func exitAfterUsingFolder(_ body: (TemporaryFolder) throws -> Int32) throws -> Never {
  let code: Int32
  do {
    let folder = try TemporaryFolder()
    code = try withExtendedLifetime(folder) { try body(folder) }
  }
  exit(code)
}

private func entries(of folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var found: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != "." && name != ".." { found.append(name) }
  }
  return found
}

private func removeTree(_ path: String) {
  chmod(path, 0o700)
  for name in entries(of: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
  rmdir(path)
}

/// Waits until another thread has made `isDone` true, for at most five seconds.
func eventually(_ isDone: () -> Bool) {
  let clock = SystemClock()
  let deadline = clock.now + .s(60)
  while !isDone(), clock.now < deadline { usleep(200) }
}

/// A number that several threads change.
final class SharedCount: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .acquiring) }
  func add(_ n: Int) { count.add(n, ordering: .acquiringAndReleasing) }
}

/// The descriptor, which must be one. (`#require` takes no noncopyable value.)
func opened(_ descriptor: consuming Descriptor?) throws -> Descriptor {
  guard let descriptor else { throw SystemError(action: "open a descriptor", code: errno) }
  return descriptor
}

/// Runs `body` on `count` threads at once and waits for all.
func together(_ count: Int, _ body: @escaping @Sendable () -> Void) throws {
  guard count > 0 else { return }
  let thread = try Thread("together", body: body)
  try together(count - 1, body)
  thread.join()
}
