/// Which Linux this is: a name and the switches that are on.
///
/// A value, chosen when a machine is made. What the releases do differently follows from the switches alone.
public struct KernelRelease: Hashable, Sendable {
  /// The name by which users ask for it: `patch-v2`, `5.10`, `6.1`, `6.12`.
  public let name: String
  /// What it stands for, in a sentence.
  public let summary: String
  private var bits: UInt64

  init(name: String, summary: String, switches: [ReleaseSwitch]) {
    self.name = name
    self.summary = summary
    bits = switches.reduce(0) { $0 | (1 << UInt64($1.rawValue)) }
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
  public static let all = [patchV2, v5_10, v6_1, v6_12]

  /// The series under review: PATCH v2 of May 2019, on 5.1.
  public static let patchV2 = KernelRelease(
    name: "patch-v2", summary: "PATCH v2 of May 2019 on Linux 5.1: the code under review",
    switches: [
      .missingRegionIsFatal, .draftCapability, .claimsWholeBar, .driverOwnsReference,
      .waitRegisteredBeforeRemap, .allocDaxReturnsNull, .roundsToSections, .pinsDelayUnmap,
      .returnsNegativeCount, .pfnCarriesFlags, .fsIsDeviceManaged,
    ])

  /// Linux 5.10, the first release with DAX in virtio-fs.
  public static let v5_10 = KernelRelease(
    name: "5.10", summary: "Linux 5.10 LTS: virtio-fs DAX as it was merged",
    switches: [
      .checksRegionOverflow, .requestsRegion, .zeroPageRangeRequired, .checksAddressWhenAdding, .unmapWaits,
      .pinsDelayUnmap, .returnsNegativeCount, .pfnCarriesFlags, .drainsQueuesOnRemove,
    ])

  /// Linux 6.1 LTS.
  public static let v6_1 = KernelRelease(
    name: "6.1", summary: "Linux 6.1 LTS: references dropped at once, BAR numbers checked",
    switches: [
      .checksBarIndex, .checksRegionOverflow, .requestsRegion, .zeroPageRangeRequired, .refusesNewlineInTag,
      .checksPluggableRange, .unmapWaits, .referenceExitsLast, .pfnCarriesFlags, .drainsQueuesOnRemove,
    ])

  /// Linux 6.12 LTS.
  public static let v6_12 = KernelRelease(
    name: "6.12", summary: "Linux 6.12 LTS: the DAX device comes first, instances stand in sysfs",
    switches: [
      .checksBarIndex, .checksRegionOverflow, .requestsRegion, .allocatesDaxDeviceFirst, .daxIsOptional,
      .zeroPageRangeRequired, .checksPluggableRange, .unmapWaits, .referenceExitsLast, .pfnCarriesFlags,
      .refusesNewlineInTag, .mapsQueuesToProcessors, .instancesInSysfs, .drainsQueuesOnRemove,
      .failureNamesDriver,
    ])
}
