// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "DaxModel",
  products: [
    .library(name: "DaxModel", targets: ["DaxModel"]),
    .library(name: "DaxShell", targets: ["DaxShell"]),
    .executable(name: "daxrepl", targets: ["daxrepl"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    // The model: pure Swift, no Foundation, no input or output, no dependencies.
    .target(name: "DaxModel"),
    // The shell without a terminal: text in, structured results and text out.
    .target(name: "DaxShell", dependencies: ["DaxModel"]),
    // libedit, through a header of inline wrappers: nothing to compile.
    .systemLibrary(
      name: "CEditline", pkgConfig: "libedit",
      providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),
    // The program: arguments, files, terminal, signals.
    .executableTarget(
      name: "daxrepl",
      dependencies: [
        "DaxShell", "CEditline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // Random file operations, an oracle for them, and what makes a failing seed small.
    .target(name: "FileTraffic", dependencies: ["DaxModel"], path: "Tests/FileTraffic"),
    // The same by the million: `./dax soak`.
    .executableTarget(name: "daxsoak", dependencies: ["FileTraffic"], path: "Tests/daxsoak"),
    .testTarget(
      name: "DaxModelTests", dependencies: ["DaxModel", "FileTraffic"], resources: [.copy("Fixtures")]),
    .testTarget(name: "DaxShellTests", dependencies: ["DaxShell", "FileTraffic"]),
    .testTarget(name: "daxreplTests", dependencies: ["DaxShell", "daxrepl"]),
  ],
  swiftLanguageModes: [.v6]
)
