import Testing

@testable import DaxModel

/// What neighbouring releases do differently: every row is a fact, and there are no other differences.
@Suite struct ReleaseTests {
  /// A switch that goes on or off between two releases that follow each other.
  struct Change: Sendable, CustomTestStringConvertible {
    var from: KernelRelease
    var to: KernelRelease
    var item: ReleaseSwitch
    var goesOn: Bool
    /// What is known of it, in short.
    var fact: String
    /// Whether it is so in builds for s390x too, or only there.
    var builds = Builds.both

    enum Builds: Sendable { case both, s390xOnly }

    var testDescription: String { "\(from.name) to \(to.name): \(item.name)" }
  }

  private static func on(
    _ from: KernelRelease, _ to: KernelRelease, _ item: ReleaseSwitch, _ fact: String,
    _ builds: Change.Builds = .both
  ) -> Change {
    Change(from: from, to: to, item: item, goesOn: true, fact: fact, builds: builds)
  }

  private static func off(
    _ from: KernelRelease, _ to: KernelRelease, _ item: ReleaseSwitch, _ fact: String,
    _ builds: Change.Builds = .both
  ) -> Change {
    Change(from: from, to: to, item: item, goesOn: false, fact: fact, builds: builds)
  }

  static let changes: [Change] = [
    off(
      .patchV2, .v5_10, .missingRegionIsFatal, "v2 fails the probe with -ENXIO; 5.10 notes it and returns 0"),
    off(.patchV2, .v5_10, .draftCapability, "v2 reads 28 bytes with the id at 24; merged: 24, id at 5"),
    off(.patchV2, .v5_10, .claimsWholeBar, "v2's transport requests the whole BAR and never releases it"),
    on(
      .patchV2, .v5_10, .checksRegionOverflow, "offset plus length wrapping is checked since the merged form"),
    on(.patchV2, .v5_10, .requestsRegion, "v3 has devm_request_mem_region in the driver, -EBUSY"),
    off(.patchV2, .v5_10, .driverOwnsReference, "later revisions leave ref NULL: the internal one is used"),
    off(.patchV2, .v5_10, .waitRegisteredBeforeRemap, "v2 registers the wait before memremap; 5.10 has none"),
    off(.patchV2, .v5_10, .allocDaxReturnsNull, "5.7 to 5.9: alloc_dax returns error pointers"),
    on(.patchV2, .v5_10, .zeroPageRangeRequired, "5.7 to 5.9: zero_page_range is mandatory"),
    off(.patchV2, .v5_10, .roundsToSections, "5.3: sub-sections of 2 MiB instead of widening to sections"),
    on(.patchV2, .v5_10, .checksAddressWhenAdding, "5.4: what the linear map cannot reach is refused"),
    on(.patchV2, .v5_10, .unmapWaits, "5.2: wait and exit between the puts and the removal"),
    on(
      .patchV2, .v5_10, .refusesMissingTeardown, "5.2: kill and cleanup callbacks, or a warning and -EINVAL"),
    on(.patchV2, .v5_10, .drainsQueuesOnRemove, "base driver of September 2019: queues are drained first"),
    off(.patchV2, .v5_10, .fsIsDeviceManaged, "fs is kzalloc memory with a count, not devm memory"),
    off(.patchV2, .v5_10, .mountsOnce, "-EBUSY for a device in use and -ENOENT are of v2 alone"),
    on(.patchV2, .v5_10, .refusesDaxWithoutDevice, "5.12, and 5.10 stable: -EINVAL without a DAX device"),
    on(.patchV2, .v5_10, .usesMio, "MIO came with 5.2", .s390xOnly),
    on(.patchV2, .v5_10, .cookieInBit62, "bit 62 since November 2021, and in stable 5.10", .s390xOnly),

    off(.v5_10, .v5_15, .checksAddressWhenAdding, "up to 5.11 hot-plug itself asks, when memory is added"),
    on(.v5_10, .v5_15, .checksPluggableRange, "since 5.12 pagemap_range asks before: -EINVAL"),

    on(.v5_15, .v6_1, .checksBarIndex, "a BAR of 6 or more is skipped since March 2022"),
    off(.v5_15, .v6_1, .refusesMissingTeardown, "5.17: references from outside are gone"),
    off(.v5_15, .v6_1, .pinsDelayUnmap, "5.18: memunmap drops N references at once"),
    on(.v5_15, .v6_1, .referenceExitsLast, "6.0: percpu_ref_exit after the range is gone"),
    off(.v5_15, .v6_1, .returnsNegativeCount, "5.10 hands a negative count back, later -EINVAL"),
    off(.v5_15, .v6_1, .copyIsDriverOperation, "5.17: copy_from_iter and copy_to_iter are removed"),
    on(.v5_15, .v6_1, .refusesNewlineInTag, "recorded on 6.1: -EINVAL"),
    on(.v5_15, .v6_1, .daxOptionHasModes, "5.17: dax=inode and its like"),
    on(.v5_15, .v6_1, .copiesByRuleB, "6.8 and stable branches of January 2024; seen on 6.1", .s390xOnly),

    on(.v6_1, .v6_12, .allocatesDaxDeviceFirst, "6.9: alloc_dax comes first, with a scope guard"),
    on(.v6_1, .v6_12, .daxIsOptional, "6.9: -EOPNOTSUPP is not fatal"),
    on(.v6_1, .v6_12, .mapsQueuesToProcessors, "6.12 maps queues to processors"),
    on(.v6_1, .v6_12, .instancesInSysfs, "6.12 has a kobject for each instance, and an event"),
    on(.v6_1, .v6_12, .failureNamesDriver, "recorded: 6.12's line names the driver, 6.1's does not"),

    on(.v6_12, .v6_15, .idlePagesCountZero, "6.15: an idle FS_DAX page counts 0"),
    off(.v6_12, .v6_15, .pfnCarriesFlags, "6.15 and 6.16: a pfn_t with flags 0"),

    on(
      .v6_15, .v6_16, .asksLengthTooEarly, "6.16-rc1: false for a length of 0, before the transport is asked"),

    on(.v6_16, .v6_17rc1, .pfnIsAddress, "6.17-rc1 to rc5: a plain integer set to the physical address"),
    on(.v6_16, .v6_17rc1, .zoneDevice, "6.17: ZONE_DEVICE without ARCH_HAS_PTE_DEVMAP", .s390xOnly),

    off(.v6_17rc1, .v6_17, .asksLengthTooEarly, "reverted in August 2025, after rc1"),
    off(.v6_17rc1, .v6_17, .pfnIsAddress, "the shift is back in rc6"),

    on(.v6_17, .v7_3, .announcesTag, "recorded on 7.2 and 7.3"),
  ]

  @Test("Neighbours differ in what the table says and in nothing else", arguments: Architecture.allCases)
  func neighbours(_ architecture: Architecture) {
    for (from, to) in zip(KernelRelease.all, KernelRelease.all.dropFirst()) {
      let (before, after) = (from.built(for: architecture), to.built(for: architecture))
      let rows = Self.changes.filter {
        $0.from == from && $0.to == to && (architecture == .s390x || $0.builds == .both)
      }
      let named = Set(rows.map(\.item))
      #expect(named.count == rows.count, "\(from.name) to \(to.name) has a row twice")
      #expect(Set(before.differences(to: after)) == named, "\(from.name) to \(to.name) on \(architecture)")
      #expect(after.differences(to: before) == before.differences(to: after))
      for row in rows {
        #expect(
          after.has(row.item) == row.goesOn && before.has(row.item) != row.goesOn, "\(row.testDescription)")
        #expect(!row.fact.isEmpty)
      }
    }
    for row in Self.changes {
      let place = KernelRelease.all.firstIndex(of: row.from)
      #expect(place.map { KernelRelease.all[$0 + 1] } == row.to, "\(row.testDescription) are no neighbours")
    }
  }

  @Test("The releases stand in the order of time")
  func order() {
    #expect(
      KernelRelease.all.map(\.name) == [
        "patch-v2", "5.10", "5.15", "6.1", "6.12", "6.15", "6.16", "6.17-rc1", "6.17", "7.3",
      ])
    for release in KernelRelease.all { #expect(KernelRelease.named(release.name) == release) }
  }

  // MARK: The length that nobody has set

  private static func machine(
    _ release: KernelRelease, garbage: Bool, _ transport: Transport = .pci,
    window: ByteCount? = MachineConfiguration.windowLength
  ) throws -> Machine {
    let device = try MachineConfiguration.syntheticDevice(
      transport: transport, release: release, window: window)
    var configuration = MachineConfiguration(release: release, devices: [.init(device)])
    configuration.stackHoldsGarbage = garbage
    return Machine(configuration)
  }

  @Test(
    "With a zeroed stack 6.16 never finds the window, and the probe succeeds without",
    arguments: KernelRelease.all, [Transport.pci, .mmio])
  func zeroedStack(_ release: KernelRelease, _ transport: Transport) throws {
    var machine = try Self.machine(release, garbage: false, transport)
    #expect(machine.probe() == .success)
    let isBlind = [.v6_16, .v6_17rc1].contains(release)
    #expect((machine.kernel.window(of: 0) == nil) == isBlind)
    #expect(machine.messages.contains { $0.text.hasSuffix("No cache capability") } == isBlind)
    #expect((machine.kernel.daxDevice(of: 0) == nil) == isBlind)
    if isBlind {
      #expect(
        machine.finish(machine.startDirectAccess(0, at: PageOffset(0), pages: 1)) == .error(.EOPNOTSUPP))
    }
  }

  @Test(
    "With garbage on the stack the window is found as before", arguments: [KernelRelease.v6_16, .v6_17rc1])
  func garbage(_ release: KernelRelease) throws {
    for transport in [Transport.pci, .mmio] {
      var machine = try Self.machine(release, garbage: true, transport)
      #expect(machine.probe() == .success)
      #expect(machine.kernel.window(of: 0)?.length == MachineConfiguration.windowLength)
    }
    var without = try Self.machine(release, garbage: true, window: nil)
    #expect(without.probe() == .success && without.kernel.window(of: 0) == nil)
  }

  @Test("The test asks the wrong question: a region of length 0 passes it if there is garbage")
  func lengthZero() throws {
    func probe(_ release: KernelRelease, garbage: Bool) -> Value? {
      let registers = MmioRegisters(
        window: SharedMemoryRegion(address: MachineConfiguration.windowBase, length: ByteCount(0)))
      var configuration = MachineConfiguration(release: release, devices: [.init(.mmio(registers))])
      configuration.stackHoldsGarbage = garbage
      var machine = Machine(configuration)
      return machine.probe()
    }
    let without = probe(.v6_15, garbage: false)
    #expect(without?.errno != nil, "a window of length 0 cannot be mapped")
    #expect(probe(.v6_16, garbage: true) == without)
    #expect(probe(.v6_16, garbage: false) == .success)
  }

  // MARK: The physical address for a frame

  @Test("The pfn is the physical address in 6.17-rc1 alone", arguments: KernelRelease.all)
  func handedOut(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let base = MachineConfiguration.windowBase.rawValue
    for outputs in [AccessOutputs.both, .frame, .address] {
      let value = machine.finish(
        machine.startDirectAccess(0, at: PageOffset(5), pages: 1, outputs: outputs))
      guard case .access(let access) = value else {
        Issue.record("no access")
        continue
      }
      let frame = release == .v6_17rc1 ? base + 5 * 4096 : base / 4096 + 5
      #expect(access.frame?.rawValue == (outputs.contains(.frame) ? frame : nil))
      #expect(access.pages == 1)
      if outputs.contains(.address) {
        #expect(access.address?.rawValue == 0xffff_8880_0000_0000 + base + 0x5000)
      }
    }
  }

  @Test(
    "Who needs only the address does not notice; a page fault dies",
    arguments: [KernelRelease.v6_17rc1, .v6_17])
  func usersOfTheFrame(_ release: KernelRelease) throws {
    var machine = try Machine.probed(release)
    let word = MachineConfiguration.windowBase.rawValue + 5 * 4096
    #expect(machine.finish(machine.startReader(0, at: PageOffset(5))) == .int(Int64(word)))
    let task = try machine.pin(at: 5)
    _ = machine.run(task)
    guard release == .v6_17rc1 else {
      #expect(machine.task(task)?.result == .success && machine.oops == nil)
      return
    }
    #expect(machine.oops?.kind == .badAddress)
    #expect(machine.oops?.site.description(in: release) == "pin.mapPage")
    let wrong = MachineConfiguration.windowBase.rawValue + 5 * 4096
    #expect(machine.oops?.address == Architecture.x86_64.pageStruct(of: PageFrameNumber(wrong)))
  }
}
