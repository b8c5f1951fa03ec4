/// Which Linux this is: a name, the architecture it is built for, and the switches that are on.
///
/// A value, chosen when a machine is made. What the releases do differently follows from the switches alone.
/// The releases in `all` are built for x86-64; `built(for:)` gives another build of the same sources.
public struct KernelRelease: Hashable, Sendable {
  /// The name by which users ask for it: `patch-v2`, `5.10`, … `6.17-rc1`, `6.17`, `7.3`.
  public let name: String
  /// What it stands for, in a sentence.
  public let summary: String
  /// The architecture it is built for.
  public private(set) var architecture = Architecture.x86_64
  /// What-if: what is taken to be different from the real build.
  public private(set) var assumption: Assumption?
  /// What-if: lines that somebody has moved, dropped or added.
  public private(set) var edits: [LineEdit] = []
  /// The switches of the build for x86-64.
  private let x86Bits: UInt64
  /// Switches that are the other way round in the build for s390x.
  private let s390xBits: UInt64
  /// The switches of this build.
  private var bits: UInt64

  /// - Parameters:
  ///   - switches: What is on in a build for x86-64.
  ///   - s390x: What is the other way round in a build for s390x.
  init(name: String, summary: String, switches: [ReleaseSwitch], s390x: [ReleaseSwitch] = []) {
    self.name = name
    self.summary = summary
    x86Bits = KernelRelease.mask(switches)
    s390xBits = KernelRelease.mask(s390x)
    bits = x86Bits
  }

  private static func mask(_ switches: [ReleaseSwitch]) -> UInt64 {
    switches.reduce(0) { $0 | (1 << UInt64($1.rawValue)) }
  }

  /// The same sources, built for an architecture.
  ///
  /// An assumption is a build that does not exist: with struct pages for device memory, and if the remap is taken to
  /// succeed, without the checks of its range.
  public func built(
    for architecture: Architecture, assuming assumption: Assumption? = nil
  ) -> KernelRelease {
    var build = self
    build.architecture = architecture
    build.assumption = assumption
    build.bits = architecture == .s390x ? x86Bits ^ s390xBits : x86Bits
    guard let assumption else { return build }
    build.bits |= KernelRelease.mask([.zoneDevice])
    if assumption == .remap {
      build.bits &= ~KernelRelease.mask([.checksPluggableRange, .checksAddressWhenAdding])
    }
    return build
  }

  /// The same sources with changes to their lines, in place of any made before.
  public func edited(_ edits: [LineEdit]) -> KernelRelease {
    var build = self
    build.edits = edits
    return build
  }

  /// Whether a switch is on.
  ///
  /// - Complexity: O(1).
  @inline(__always)
  public func has(_ wanted: ReleaseSwitch) -> Bool { bits & (1 << UInt64(wanted.rawValue)) != 0 }

  /// The switches that are on, in the order of their declaration.
  public var switches: [ReleaseSwitch] { ReleaseSwitch.allCases.filter(has) }

  /// The release with that name.
  public static func named(_ name: String) -> KernelRelease? { all.first { $0.name == name } }

  /// The switches in which two releases differ, in the order of their declaration.
  public func differences(to other: KernelRelease) -> [ReleaseSwitch] {
    ReleaseSwitch.allCases.filter { has($0) != other.has($0) }
  }
}

extension KernelRelease {
  /// Every release in the order of time.
  public static let all = [
    patchV2, v5_10, v5_15, v6_1, v6_12, v6_15, v6_16, v6_17rc1, v6_17, v7_3,
  ]

  /// The series under review: PATCH v2 of May 2019, on 5.1.
  public static let patchV2 = KernelRelease(
    name: "patch-v2", summary: "PATCH v2 of May 2019 on Linux 5.1: the code under review",
    switches: [
      .missingRegionIsFatal, .draftCapability, .claimsWholeBar, .driverOwnsReference,
      .waitRegisteredBeforeRemap, .allocDaxReturnsNull, .roundsToSections, .pinsDelayUnmap,
      .returnsNegativeCount, .pfnCarriesFlags, .copyIsDriverOperation,
      .fsIsDeviceManaged, .logsFailureLast, .mountsOnce, .zeroLengthReadLoops, .mapsForWritingAlways,
      .removesOneByOne, .splitsStraddlingWrites, .readsWaitForRange, .forgetsAllAttributes, .zoneDevice,
    ], s390x: [.zoneDevice])

  /// Linux 5.10, the first release with DAX in virtio-fs.
  public static let v5_10 = KernelRelease(
    name: "5.10", summary: "Linux 5.10 LTS: virtio-fs DAX as it was merged",
    switches: [
      .checksRegionOverflow, .requestsRegion, .zeroPageRangeRequired, .checksAddressWhenAdding, .unmapWaits,
      .pinsDelayUnmap, .refusesMissingTeardown, .returnsNegativeCount, .pfnCarriesFlags,
      .copyIsDriverOperation,
      .drainsQueuesOnRemove, .logsFailureLast, .zeroLengthReadLoops, .breaksFirstPageOnly,
      .forgetsAllAttributes, .refusesDaxWithoutDevice, .zoneDevice,
    ], s390x: [.zoneDevice, .usesMio, .cookieInBit62])

  /// Linux 5.15 LTS.
  public static let v5_15 = KernelRelease(
    name: "5.15", summary: "Linux 5.15 LTS: a range that cannot be mapped is refused before it is added",
    switches: [
      .checksRegionOverflow, .requestsRegion, .zeroPageRangeRequired, .checksPluggableRange, .unmapWaits,
      .pinsDelayUnmap, .refusesMissingTeardown, .returnsNegativeCount, .pfnCarriesFlags,
      .copyIsDriverOperation,
      .drainsQueuesOnRemove, .refusesDaxWithoutDevice, .breaksFirstPageOnly, .forgetsAllAttributes,
      .zoneDevice,
    ], s390x: [.zoneDevice, .usesMio, .cookieInBit62])

  /// Linux 6.1 LTS.
  public static let v6_1 = KernelRelease(
    name: "6.1", summary: "Linux 6.1 LTS: references dropped at once, BAR numbers checked",
    switches: [
      .checksBarIndex, .checksRegionOverflow, .requestsRegion, .zeroPageRangeRequired, .refusesNewlineInTag,
      .checksPluggableRange, .unmapWaits, .referenceExitsLast, .pfnCarriesFlags, .drainsQueuesOnRemove,
      .refusesDaxWithoutDevice, .daxOptionHasModes, .zoneDevice,
    ], s390x: [.zoneDevice, .usesMio, .cookieInBit62, .copiesByRuleB])

  /// Linux 6.12 LTS.
  public static let v6_12 = KernelRelease(
    name: "6.12", summary: "Linux 6.12 LTS: the DAX device comes first, instances stand in sysfs",
    switches: [
      .checksBarIndex, .checksRegionOverflow, .requestsRegion, .allocatesDaxDeviceFirst, .daxIsOptional,
      .zeroPageRangeRequired, .checksPluggableRange, .unmapWaits, .referenceExitsLast, .pfnCarriesFlags,
      .refusesNewlineInTag, .mapsQueuesToProcessors, .instancesInSysfs, .drainsQueuesOnRemove,
      .failureNamesDriver, .refusesDaxWithoutDevice, .daxOptionHasModes, .splitsReadahead, .zoneDevice,
    ], s390x: [.zoneDevice, .usesMio, .cookieInBit62, .copiesByRuleB])

  /// What every release since 6.15 has.
  private static let since6_15: [ReleaseSwitch] = [
    .checksBarIndex, .checksRegionOverflow, .requestsRegion, .allocatesDaxDeviceFirst, .daxIsOptional,
    .zeroPageRangeRequired, .checksPluggableRange, .unmapWaits, .referenceExitsLast, .idlePagesCountZero,
    .refusesNewlineInTag, .mapsQueuesToProcessors, .instancesInSysfs, .drainsQueuesOnRemove,
    .failureNamesDriver, .refusesDaxWithoutDevice, .daxOptionHasModes, .splitsReadahead, .zoneDevice,
  ]

  /// Linux 6.15.
  public static let v6_15 = KernelRelease(
    name: "6.15", summary: "Linux 6.15: idle pages count 0, page frames without flags",
    switches: since6_15, s390x: [.zoneDevice, .usesMio, .cookieInBit62, .copiesByRuleB])

  /// Linux 6.16, whose lookup of a region tests a length that nobody has set.
  public static let v6_16 = KernelRelease(
    name: "6.16", summary: "Linux 6.16: the lookup of the window tests its length before it has asked",
    switches: since6_15 + [.asksLengthTooEarly],
    s390x: [.zoneDevice, .usesMio, .cookieInBit62, .copiesByRuleB])

  /// The first release candidate of 6.17, which has two bugs; the one of 6.16 hides the new one.
  public static let v6_17rc1 = KernelRelease(
    name: "6.17-rc1",
    summary: "Linux 6.17-rc1: a physical address for a page frame, ZONE_DEVICE on s390x too",
    switches: since6_15 + [.asksLengthTooEarly, .pfnIsAddress, .alignsReadahead],
    s390x: [.usesMio, .cookieInBit62, .copiesByRuleB])

  /// Linux 6.17.
  public static let v6_17 = KernelRelease(
    name: "6.17", summary: "Linux 6.17: both bugs are gone",
    switches: since6_15 + [.alignsReadahead], s390x: [.usesMio, .cookieInBit62, .copiesByRuleB])

  /// Linux 7.3, and for what was observed 7.2 as well.
  public static let v7_3 = KernelRelease(
    name: "7.3", summary: "Linux 7.3: the tag is announced; observed on s390x as well",
    switches: since6_15 + [.announcesTag, .alignsReadahead],
    s390x: [.usesMio, .cookieInBit62, .copiesByRuleB])
}
