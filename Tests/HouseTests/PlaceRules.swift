/// Rules about every text file that is committed: it must mean the same on every machine.
enum PlaceRules {
  /// Made of names, so that this file itself has no such path in it.
  static let folders = ["work", "home", "tmp", "root", "Users"].map { "/\($0)/" }
  static let registries = [
    ("deb.debian", "org"), ("docker", "io"), ("ghcr", "io"), ("quay", "io"), ("pypi", "org"), ("pythonhosted", "org"),
    ("npmjs", "org"), ("crates", "io"),
  ].map { "\($0).\($1)" }

  /// Tests make files where the system wants them.
  static func isTest(_ path: String) -> Bool {
    path.split(separator: "/").contains { $0 == "Tests" || $0 == "tests" }
  }

  /// Folders that one machine has. One with a name right before its first stroke is none: it is a part of another folder.
  static func machinePaths(_ path: String, _ text: String) -> [Finding] {
    let bytes = Array(text.utf8)
    return folders.flatMap { folder in
      places(of: folder, in: bytes).compactMap { place in
        if place > 0, isNamePart(bytes[place - 1]) || "-.})".utf8.contains(bytes[place - 1]) { return nil }
        return Finding(path: path, line: line(of: place, in: bytes), what: "'\(folder)' is a folder of one machine")
      }
    }
  }

  /// Hosts that packages come from: who builds chooses them.
  static func registryHosts(_ path: String, _ text: String) -> [Finding] {
    let bytes = Array(text.utf8)
    return registries.flatMap { host in
      places(of: host, in: bytes).map {
        Finding(path: path, line: line(of: $0, in: bytes), what: "'\(host)' is a registry's host")
      }
    }
  }
}
