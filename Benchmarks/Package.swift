// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who only uses DaxModel builds it.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "DaxModel", path: "..")],
  targets: [
    // The same work in C: the yardstick. A release build compiles it with -O2.
    .target(name: "CTwin"),
    .executableTarget(
      name: "daxbench",
      dependencies: ["CTwin", .product(name: "DaxModel", package: "DaxModel")]),
  ],
  swiftLanguageModes: [.v6]
)
