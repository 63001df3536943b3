// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "hearsay",
  products: [
    .library(name: "MixNet", targets: ["MixNet"]),
    .library(name: "MixHost", targets: ["MixHost"]),
    .library(name: "MixHostTesting", targets: ["MixHostTesting"]),
    .library(name: "CoverTraffic", targets: ["CoverTraffic"]),
    .library(name: "Gossip", targets: ["Gossip"]),
    .library(name: "Messages", targets: ["Messages"]),
    .library(name: "Pool", targets: ["Pool"]),
    .library(name: "Relay", targets: ["Relay"]),
    .library(name: "Reputation", targets: ["Reputation"]),
    .library(name: "Sphinx", targets: ["Sphinx"]),
    .library(name: "VRFDelay", targets: ["VRFDelay"]),
    .library(name: "HearsayCommand", targets: ["HearsayCommand"]),
    .library(name: "HearsayGossip", targets: ["HearsayGossip"]),
    .library(name: "HearsayPeers", targets: ["HearsayPeers"]),
    .executable(name: "hearsay", targets: ["hearsay"]),
    .executable(name: "hearsay-bench", targets: ["hearsay-bench"]),
    .executable(name: "hearsay-sim", targets: ["hearsay-sim"]),
  ],
  traits: [
    // Points in the nodes' code at which simulations and tests make trouble. A node that is built without them has none.
    .trait(name: "Probes", description: "Compiles the probes in, for simulations and tests")
  ],
  targets: [
    // Debian's libraries.
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    // Intel's, which `./dev` fetches where it can be had. A build without it is the same, but slower as a mix.
    .systemLibrary(name: "CCryptoMB", pkgConfig: "hearsay-crypto-mb"),

    // The ground floor.
    .target(name: "CProbes"),
    .target(name: "MixNet", dependencies: ["CSodium", .target(name: "CProbes", condition: .when(traits: ["Probes"]))]),
    .testTarget(name: "MixNetTests", dependencies: ["MixNet", "ProviderContract"]),

    // Configuration: toml++ is header-only, and its asserts must be off.
    .target(name: "CTOML", cxxSettings: [.define("NDEBUG")]),
    .target(name: "TOML", dependencies: ["CTOML"]),
    .testTarget(name: "TOMLTests", dependencies: ["TOML"]),

    // The host. It knows no plugin.
    .target(
      name: "MixHost", dependencies: ["MixNet", "TOML"], swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .testTarget(name: "MixHostTests", dependencies: ["MixHost", "MixNet", "LinuxNet", "Relay"]),

    // The conformance kit for the authors of stages. It counts what is allocated, so it is for tests alone.
    .target(name: "CMallocCount"),
    .target(name: "CTrapNote"),
    .target(name: "MixHostTesting", dependencies: ["MixHost", "MixNet", "CMallocCount", "CTrapNote"]),
    .testTarget(name: "MixHostTestingTests", dependencies: ["MixHostTesting", "MixHost", "MixNet", "CMallocCount"]),

    // The plugins. They know the host, never each other.
    .target(name: "Relay", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/Relay"),
    .target(name: "CPacketCrypto", dependencies: ["CCryptoMB", "COpenSSL", "CSodium"]),
    .target(
      name: "Sphinx", dependencies: ["MixHost", "MixNet", "CPacketCrypto"], path: "Sources/Plugins/Sphinx"),
    .testTarget(name: "SphinxTests", dependencies: ["Sphinx", "MixHost", "MixHostTesting", "MixNet", "LinuxNet"]),
    .testTarget(name: "RelayTests", dependencies: ["Relay", "MixHost", "MixHostTesting", "MixNet"]),
    .target(name: "CoverTraffic", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/CoverTraffic"),
    .testTarget(
      name: "CoverTrafficTests", dependencies: ["CoverTraffic", "MixHost", "MixHostTesting", "MixNet"]),
    .target(name: "Pool", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/Pool"),
    .testTarget(name: "PoolTests", dependencies: ["Pool", "MixHost", "MixHostTesting", "MixNet", "Relay"]),
    .target(name: "Reputation", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/Reputation"),
    .testTarget(
      name: "ReputationTests",
      dependencies: ["Reputation", "LinuxNet", "MixHost", "MixHostTesting", "MixNet", "Relay", "SimNet"]),
    .target(name: "Gossip", dependencies: ["MixHost", "MixNet", "CZstd", "CSodium"], path: "Sources/Plugins/Gossip"),
    .testTarget(
      name: "GossipTests",
      dependencies: [
        "Gossip", "GossipSim", "MixHost", "MixHostTesting", "MixNet", "Reputation", "SimNet", "CMallocCount", "CZstd",
        "CSodium",
      ]),
    // Clusters of thousands of gossip nodes, for the simulator and for tests.
    .target(name: "GossipSim", dependencies: ["Gossip", "MixNet"]),
    .target(name: "Messages", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/Messages"),
    .testTarget(name: "MessagesTests", dependencies: ["Messages", "MixHost", "MixHostTesting", "MixNet", "SimNet"]),
    .target(name: "VRFDelay", dependencies: ["MixHost", "MixNet", "CSodium"], path: "Sources/Plugins/VRFDelay"),
    .testTarget(
      name: "VRFDelayTests",
      dependencies: [
        "VRFDelay", "CoverTraffic", "MixHost", "MixHostTesting", "MixNet", "SimNet", "Relay", "Sphinx", "CSodium",
      ]),

    // JSON whose objects keep their order, for programs.
    .target(name: "OrderedJSON"),
    .testTarget(name: "OrderedJSONTests", dependencies: ["OrderedJSON", "MixNet"]),

    // The command line, for any list of plugins, and the node with those that come with it.
    .target(
      name: "HearsayCommand",
      dependencies: [
        "Gossip", "MixHost", "MixNet", "LinuxNet", "OrderedJSON", "Sphinx", "Relay", "VRFDelay", "CSodium", "COpenSSL",
        "CSQLite", "CZstd",
      ]),
    .testTarget(
      name: "HearsayCommandTests",
      dependencies: [
        "HearsayCommand", "CoverTraffic", "Gossip", "MixHost", "MixNet", "LinuxNet", "OrderedJSON", "Pool", "Relay",
        "Reputation", "Sphinx", "VRFDelay", "hearsay",
      ]),
    .executableTarget(
      name: "hearsay",
      dependencies: ["HearsayCommand", "CoverTraffic", "Gossip", "Pool", "Relay", "Reputation", "Sphinx", "VRFDelay"]),

    // Whole nodes against a hostile world.
    .testTarget(
      name: "NodeTests",
      dependencies: [
        "HearsayCommand", "LinuxNet", "MixHost", "MixHostTesting", "MixNet", "Relay", "Sphinx",
      ]),

    // The benchmarks. They count allocations, and they fail when a packet is lost, doubled or spoilt.
    .executableTarget(
      name: "hearsay-bench",
      dependencies: [
        "Gossip", "HearsayRuntime", "MixHost", "MixNet", "LinuxNet", "OrderedJSON", "Relay", "Sphinx", "VRFDelay",
        "CMallocCount", "CPacketCrypto",
      ]),
    .testTarget(name: "BenchTests", dependencies: ["hearsay-bench", "MixNet"]),

    // The real world: what a node runs on in production, and the contract that every provider keeps.
    .target(name: "CSys"),
    .target(name: "LinuxNet", dependencies: ["MixNet", "CSys", "CSQLite"]),
    .target(name: "ProviderContract", dependencies: ["MixNet"], path: "Tests/ProviderContract"),
    .testTarget(name: "LinuxNetTests", dependencies: ["LinuxNet", "MixNet", "CSys", "ProviderContract"]),

    // The simulated world. It is for tests and for the simulator, and never part of a node.
    .target(name: "SimNet", dependencies: ["MixNet", "CSodium"]),
    .testTarget(
      name: "SimNetTests", dependencies: ["SimNet", "MixNet", "MixHost", "Relay", "ProviderContract", "CMallocCount"]),

    // Messages between peers, for applications with async and await.
    .target(name: "HearsayPeers", dependencies: ["HearsayRuntime", "Messages", "MixHost", "MixNet"]),
    .testTarget(
      name: "HearsayPeersTests",
      dependencies: [
        "FacadeWorlds", "HearsayPeers", "HearsayRuntime", "LinuxNet", "Messages", "MixHost", "MixNet", "SimNet",
      ]),

    // A node of a gossip cluster, in the same way; and what both have in common: a node behind tasks that wait.
    .target(name: "HearsayGossip", dependencies: ["Gossip", "HearsayRuntime", "MixHost", "MixNet"]),
    .testTarget(
      name: "HearsayGossipTests",
      dependencies: ["FacadeWorlds", "HearsayGossip", "HearsayRuntime", "LinuxNet", "MixHost", "MixNet", "SimNet"]),
    .target(name: "HearsayRuntime", dependencies: ["LinuxNet", "MixHost", "MixNet"]),
    .target(
      name: "FacadeWorlds", dependencies: ["HearsayRuntime", "MixHost", "MixNet", "SimNet"],
      path: "Tests/FacadeWorlds"),

    // The simulator: whole networks in that world, with clients, faults and oracles.
    .target(
      name: "HearsaySim",
      dependencies: [
        "SimNet", "CoverTraffic", "Gossip", "GossipSim", "Messages", "MixHost", "MixNet", "OrderedJSON", "Pool",
        "Relay", "Reputation", "Sphinx", "VRFDelay",
      ]),
    .target(name: "CSimHeap"),
    .executableTarget(name: "hearsay-sim", dependencies: ["HearsaySim", "CSimHeap"]),
    .testTarget(
      name: "HearsaySimTests",
      dependencies: [
        "HearsaySim", "Gossip", "SimNet", "MixHost", "MixNet", "OrderedJSON", "Relay", "Sphinx", "hearsay-sim",
      ]),

    // The fuzz targets, each with its seeds and some changes of them; the end of this file says how they are tried with millions.
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "Gossip", "HearsayCommand", "LinuxNet", "Messages", "MixHost", "MixNet", "OrderedJSON", "Relay", "Reputation",
        "Sphinx", "TOML", "VRFDelay", "CSodium", "CZstd",
      ],
      path: "Fuzz", exclude: ["Entry.swift"]),

    // The rules of the house, checked on the whole tree.
    .testTarget(name: "HouseTests"),
  ]
)

// Under libFuzzer, which brings `main`, the fuzz targets are a program: while `./dev fuzz` builds it, and in the place of their tests.
if Context.environment["HEARSAY_FUZZ"] != nil,
  let place = package.targets.firstIndex(where: { $0.name == "FuzzTests" })
{
  let tests = package.targets.remove(at: place)
  package.products.append(.executable(name: "hearsay-fuzz", targets: ["hearsay-fuzz"]))
  package.targets.append(
    .executableTarget(name: "hearsay-fuzz", dependencies: tests.dependencies, path: tests.path, exclude: ["Tests"]))
}

/// Modules that are about raw memory: there every line would say `unsafe`, and the word would warn of nothing.
let rawMemory: Set<String> = ["MixHost", "LinuxNet"]

/// For the simulator of `./dev sim`, which shall be quick and has one thread: no checks for exclusive access, references are
/// counted without atomic instructions, and modules are optimised across their borders. The tests run smaller sweeps, with all
/// checks. Without the variable nothing here says so, since a package that others depend on may not.
let hasOneThread = Context.environment["HEARSAY_ONE_THREAD"] != nil

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
  if hasOneThread, target.type != .test {
    settings.append(
      .unsafeFlags([
        "-enforce-exclusivity=unchecked", "-Xfrontend", "-assume-single-threaded", "-cross-module-optimization",
      ]))
  }
  target.swiftSettings = settings + (target.swiftSettings ?? [])
}
