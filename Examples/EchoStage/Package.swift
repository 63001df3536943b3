// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "echo-stage",
  products: [.library(name: "Echo", targets: ["Echo"])],
  dependencies: [.package(name: "hearsay", path: "../..")],
  targets: [
    // The stage. It needs the public face of the host and nothing else.
    .target(name: "Echo", dependencies: [.product(name: "MixHost", package: "hearsay")]),
    // A node with this stage and those that come with Hearsay.
    .executableTarget(
      name: "my-hearsay",
      dependencies: [
        "Echo", .product(name: "HearsayCommand", package: "hearsay"), .product(name: "Relay", package: "hearsay"),
        .product(name: "Sphinx", package: "hearsay"),
      ]),
    // Its test: one call of the conformance kit, and what the stage is there for.
    .testTarget(
      name: "EchoTests",
      dependencies: [
        "Echo", .product(name: "MixHost", package: "hearsay"),
        .product(name: "MixHostTesting", package: "hearsay"), .product(name: "MixNet", package: "hearsay"),
        .product(name: "Relay", package: "hearsay"),
      ]),
  ]
)
