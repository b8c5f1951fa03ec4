import Testing

@testable import DaxModel

/// What `list` and `explain` print for every function of every release.
@Suite struct ListingTests {
  /// Functions that a line calls only where they are needed: which one is decided when it runs.
  static let optional: [FunctionID: String] = [
    .virtioFsPercpuExit:
      "devres_release_all() calls what was registered, and only the reviewed patch registers this",
    .virtioFsGetTree: "a mount begins with virtio_fs_fill_super() in the reviewed patch",
    .devmMemremapPagesRelease: "the same, and without ZONE_DEVICE nothing registers this",
  ]

  @Test("Lines have names of their own, in lower camel case", arguments: KernelRelease.builds)
  func names(_ release: KernelRelease) {
    for function in FunctionID.allCases {
      let names = function.lines(in: release).map(\.name)
      #expect(Set(names).count == names.count, "\(function.name) has a line twice")
      for name in names {
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        #expect(isPlain && name.first?.isLowercase == true, "\(function.name).\(name)")
      }
    }
  }

  @Test("Notes are sentences", arguments: KernelRelease.builds)
  func notes(_ release: KernelRelease) {
    for function in FunctionID.allCases {
      for line in function.lines(in: release) {
        let place = "\(function.name).\(line.name)"
        #expect(line.note.what.count > 8 && line.note.what.hasSuffix("."), "\(place): \(line.note.what)")
        #expect(line.note.why.isEmpty || line.note.why.hasSuffix("."), "\(place): \(line.note.why)")
        #expect(Set(line.note.failsWith).count == line.note.failsWith.count, "\(place)")
      }
    }
  }

  @Test("What a line calls exists in the release", arguments: KernelRelease.builds)
  func calls(_ release: KernelRelease) {
    for function in FunctionID.allCases {
      for line in function.lines(in: release) {
        for callee in line.note.calls where Self.optional[callee] == nil {
          #expect(!callee.lines(in: release).isEmpty, "\(function.name).\(line.name) calls \(callee.name)")
        }
      }
    }
  }

  @Test("Functions that only some releases have")
  func presence() {
    let merged = Array(KernelRelease.all.dropFirst())
    let some: [FunctionID: [KernelRelease]] = [
      .virtioFsPercpuExit: [.patchV2],
      .memremapPages: merged, .pagemapRange: merged, .memunmapPages: merged, .pageunmapRange: merged,
      .daxZeroPageRange: merged, .virtioFsZeroPageRange: merged, .virtioFsGetTree: merged,
      .virtioFsCopyToIter: [.patchV2, .v5_10, .v5_15],
      .virtioFsCopyFromIter: [.patchV2, .v5_10, .v5_15],
    ]
    for function in FunctionID.allCases {
      let present = KernelRelease.all.filter { !function.lines(in: $0).isEmpty }
      #expect(present.map(\.name) == (some[function] ?? KernelRelease.all).map(\.name), "\(function.name)")
    }
  }

  @Test("The order of virtio_fs_setup_dax() in each release")
  func setupDax() {
    let expected: [(KernelRelease, [String])] = [
      (
        .patchV2,
        [
          "findCacheRegion", "checkRegion", "allocateInfo", "initReference", "registerExit",
          "describePageMap",
          "remapPages", "recordWindow", "allocateDaxDevice", "registerCleanup",
        ]
      ),
      (
        .v5_10,
        [
          "findCacheRegion", "checkRegion", "requestRegion", "checkRequest", "allocatePageMap",
          "describePageMap",
          "remapPages", "recordWindow", "allocateDaxDevice", "registerCleanup",
        ]
      ),
      (
        .v6_12,
        [
          "allocateDaxDevice", "checkDaxDevice", "findCacheRegion", "checkRegion", "requestRegion",
          "checkRequest",
          "allocatePageMap", "describePageMap", "remapPages", "recordWindow", "takeDaxDevice",
          "registerCleanup",
        ]
      ),
    ]
    for (release, lines) in expected {
      let listed = FunctionID.virtioFsSetupDax.lines(in: release).map(\.name)
      #expect(Array(listed.prefix(lines.count)) == lines)
    }
    #expect(
      FunctionID.virtioFsSetupDax.lines(in: .v6_1).map(\.name)
        == FunctionID.virtioFsSetupDax.lines(in: .v5_10).map(\.name))
  }

  @Test("Every switch has a name of its own, a sentence and a source")
  func switches() {
    #expect(Set(ReleaseSwitch.allCases.map(\.name)).count == ReleaseSwitch.allCases.count)
    for item in ReleaseSwitch.allCases {
      #expect(item.sentence.hasSuffix(".") && !item.source.isEmpty)
      let builds = KernelRelease.builds
      let count = builds.count { $0.has(item) }
      #expect(count > 0 && count < builds.count, "\(item.name) tells nothing apart")
    }
    for item in ReleaseSwitch.allCases {
      #expect(item.isUnconfirmed == item.source.contains("UNCONFIRMED"), "\(item.name)")
    }
    #expect(KernelRelease.v6_12.differences(to: .v6_12).isEmpty)
    #expect(KernelRelease.v6_1.differences(to: .v6_12).contains(.allocatesDaxDeviceFirst))
  }
}
