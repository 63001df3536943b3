/// What Package.swift says about targets.
struct Manifest {
  struct Target {
    let name: String
    /// `target`, `executableTarget`, `testTarget` or `systemLibrary`.
    let kind: String
    /// Its folder, with `/` behind.
    let folder: String
    let dependencies: [String]

    var isPlugin: Bool { folder.hasPrefix("Sources/Plugins/") }
  }

  let targets: [Target]

  init(_ text: String) {
    let swift = SwiftText(text)
    var found: [Target] = []
    for kind in ["target", "executableTarget", "testTarget", "systemLibrary"] {
      for start in places(of: ".\(kind)(", in: swift.code) {
        let open = start + kind.utf8.count + 1
        let call = Call(swift, open..<end(ofBracketsAt: open, in: swift.code))
        guard let name = call.strings(of: "name:").first else { continue }
        let folder = call.strings(of: "path:").first ?? (kind == "testTarget" ? "Tests/" : "Sources/") + name
        found.append(
          Target(name: name, kind: kind, folder: folder + "/", dependencies: call.strings(of: "dependencies:")))
      }
    }
    targets = found
  }

  func target(named name: String) -> Target? { targets.first { $0.name == name } }

  /// The target that a file belongs to.
  func target(of path: String) -> Target? { targets.first { path.hasPrefix($0.folder) } }

  /// All that a target is made of, itself included.
  func parts(of name: String) -> Set<String> {
    var parts: Set<String> = []
    var open = [name]
    while let next = open.popLast() {
      if parts.insert(next).inserted { open += target(named: next)?.dependencies ?? [] }
    }
    return parts
  }
}

/// The arguments of a call.
private struct Call {
  let code: [UInt8]
  let codeAndStrings: [UInt8]

  init(_ text: SwiftText, _ range: Range<Int>) {
    code = Array(text.code[range])
    codeAndStrings = Array(text.codeAndStrings[range])
  }

  /// The string literals in an argument of the call itself: one, or those of a list.
  func strings(of label: String) -> [String] {
    guard let start = places(of: label, in: code).first(where: { depth(at: $0) == 1 }) else { return [] }
    let value = start + label.utf8.count
    let stop = (value..<code.count).first { depth(at: $0) == 1 && code[$0] == UInt8(ascii: ",") } ?? code.count
    let pieces = codeAndStrings[value..<stop].split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
    return pieces.enumerated().filter { $0.offset % 2 == 1 }.map { text($0.element) }
  }

  private func depth(at place: Int) -> Int {
    code[..<place].reduce(0) { $0 + ("([{".utf8.contains($1) ? 1 : 0) - (")]}".utf8.contains($1) ? 1 : 0) }
  }
}
