// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "DaxModel",
  products: [
    .library(name: "DaxModel", targets: ["DaxModel"]),
    .library(name: "DaxShell", targets: ["DaxShell"]),
  ],
  dependencies: [
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0")
  ],
  targets: [
    // The model: pure Swift, no Foundation, no input or output, no dependencies.
    .target(name: "DaxModel"),
    // The shell without a terminal: text in, structured results and text out.
    .target(name: "DaxShell", dependencies: ["DaxModel"]),
    .testTarget(
      name: "DaxModelTests", dependencies: ["DaxModel"], resources: [.copy("Fixtures")]),
    .testTarget(name: "DaxShellTests", dependencies: ["DaxShell"]),
  ],
  swiftLanguageModes: [.v6]
)
