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
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // The ground floor.
    .target(name: "MixNet", dependencies: ["CSodium"]),
    .testTarget(name: "MixNetTests", dependencies: ["MixNet"]),

    // The Sphinx packet format.
    .target(name: "CPacketCrypto", dependencies: ["COpenSSL", "CSodium"]),
    .target(name: "Sphinx", dependencies: ["MixNet", "CPacketCrypto"], path: "Sources/Plugins/Sphinx"),
    .testTarget(name: "SphinxTests", dependencies: ["Sphinx", "MixNet"]),
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
