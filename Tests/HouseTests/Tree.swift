import Foundation

/// The files of the project.
enum Tree {
  static let root: URL = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }

  /// The text of a file; nil when it is none.
  static func text(_ path: String) -> String? {
    guard let data = try? Data(contentsOf: root.appending(path: path)), !data.contains(0) else { return nil }
    return String(validating: data, as: UTF8.self)
  }

  /// Swift files in some folders, those of a build left out, sorted.
  static func swiftFiles(in folders: [String]) -> [String] {
    folders.flatMap { folder -> [String] in
      let url = root.appending(path: folder)
      let below = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
      return (below?.compactMap { ($0 as? URL)?.path } ?? [])
        .filter { $0.hasSuffix(".swift") }
        .map { String($0.dropFirst(root.path.hasSuffix("/") ? root.path.count : root.path.count + 1)) }
    }
    .sorted()
  }

  /// Every file that is committed or would be, or nil where there is no git.
  static let committedFiles: [String]? = {
    let git = Process()
    let output = Pipe()
    git.executableURL = URL(filePath: "/usr/bin/env")
    git.arguments = ["git", "-C", root.path, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    guard (try? git.run()) != nil else { return nil }
    let list = output.fileHandleForReading.readDataToEndOfFile()
    git.waitUntilExit()
    guard git.terminationStatus == 0 else { return nil }
    return list.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }()
}
