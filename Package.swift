// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "hearsay",
  products: [
    .library(name: "MixNet", targets: ["MixNet"])
  ],
  targets: [
    // Debian's libraries.
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // The ground floor.
    .target(name: "MixNet", dependencies: ["CSodium"]),
    .testTarget(name: "MixNetTests", dependencies: ["MixNet", "ProviderContract"]),

    // Configuration: toml++ is header-only, and its asserts must be off.
    .target(name: "CTOML", cxxSettings: [.define("NDEBUG")]),
    .target(name: "TOML", dependencies: ["CTOML"]),
    .testTarget(name: "TOMLTests", dependencies: ["TOML"]),

    // The host. It knows no plugin.
    .target(
      name: "MixHost", dependencies: ["MixNet", "TOML"], swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(name: "MixHostTests", dependencies: ["MixHost", "MixNet", "LinuxNet", "Relay"]),

    // The plugins. They know the host, never each other.
    .target(name: "Relay", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/Relay"),
    .testTarget(name: "RelayTests", dependencies: ["Relay", "MixHost", "MixNet"]),

    // The real world: what a node runs on in production, and the contract that every provider keeps.
    .target(name: "CSys"),
    .target(name: "LinuxNet", dependencies: ["MixNet", "CSys", "CSQLite"]),
    .target(name: "ProviderContract", dependencies: ["MixNet"], path: "Tests/ProviderContract"),
    .testTarget(name: "LinuxNetTests", dependencies: ["LinuxNet", "MixNet", "CSys", "ProviderContract"]),

    // The rules of the house, checked on the whole tree.
    .testTarget(name: "HouseTests"),
  ]
)

/// Modules that are about raw memory: there every line would say `unsafe`, and the word would warn of nothing.
let rawMemory: Set<String> = ["MixHost", "LinuxNet"]

for target in package.targets {
  switch target.type {
  case .system: continue
  default: break
  }
  var settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
  ]
  if target.type != .test && !rawMemory.contains(target.name) { settings.append(.strictMemorySafety()) }
  target.swiftSettings = settings + (target.swiftSettings ?? [])
}
