// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "pool-strategy",
  products: [.library(name: "ThresholdPools", targets: ["ThresholdPools"])],
  dependencies: [.package(name: "hearsay", path: "../..")],
  targets: [
    // The strategy. It needs the pool's protocol, and the host's to read its keys.
    .target(
      name: "ThresholdPools",
      dependencies: [
        .product(name: "MixHost", package: "hearsay"), .product(name: "MixNet", package: "hearsay"),
        .product(name: "Pool", package: "hearsay"),
      ]),
    // Its test: what it decides, and the conformance kit on the pool with it.
    .testTarget(
      name: "ThresholdPoolsTests",
      dependencies: [
        "ThresholdPools", .product(name: "MixHost", package: "hearsay"),
        .product(name: "MixHostTesting", package: "hearsay"), .product(name: "MixNet", package: "hearsay"),
        .product(name: "Pool", package: "hearsay"),
      ]),
  ]
)
