import Testing

@testable import DaxModel

/// Every failure at every line of a probe, and then every order of an unbind, a reader under a mount, and a pin: for
/// every release.
@Suite struct VerificationTests {
  /// `release | what is found`, one row for each release: from the facts, by hand.
  static let table: [String: [String]] = {
    var table: [String: [String]] = [:]
    for line in ((try? Fixtures.text("verdicts.txt")) ?? "").split(separator: "\n") where !line.hasPrefix("#")
    {
      let fields = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      if fields.count == 2 { table[fields[0], default: []].append(fields[1]) }
    }
    return table
  }()

  @Test("What is found is what the table says, and nothing else", arguments: KernelRelease.all)
  func everything(_ release: KernelRelease) throws {
    var machine = try Machine.standard(release)
    machine.startProbe(0)
    var options = Explorer.Options()
    options.faults = 1
    var probes = Explorer(machine, options)
    while probes.advance(states: 1 << 16) {}
    #expect(probes.isComplete)
    var found = Set(probes.verdicts)

    // Whatever the probe has come to is where the rest begins; most failures leave the same behind.
    var seen: Set<Kernel> = []
    for state in 0..<probes.stateCount {
      var after = probes.machine(at: state)
      guard let probe = after.tasks.first, probe.isFinished, seen.insert(after.kernel).inserted else {
        continue
      }
      after.reap(probe.id)
      _ = after.finish(after.startMount("myfs", .dax))
      after.startRemove(0)
      after.startReader(0, at: PageOffset(0))
      after.startPin(0, at: PageOffset(0))
      var orders = Explorer(after)
      while orders.advance(states: 1 << 16) {}
      #expect(orders.isComplete)
      found.formUnion(orders.verdicts)
    }
    #expect(seen.count >= 2)
    #expect(found.sorted() == Self.table[release.name, default: []].sorted())
  }

  @Test("The table has every release, and only those")
  func releases() { #expect(Set(Self.table.keys) == Set(KernelRelease.all.map(\.name))) }

  @Test(
    "The fixed set goes to its end on every release, and says what the facts say",
    arguments: KernelRelease.all)
  func fixedSet(_ release: KernelRelease) {
    func verdicts(_ item: Verification.Case) -> [String] {
      let result = Verification(item, release)
      #expect(result.isComplete && result.states > 40)
      return result.verdicts
    }
    let isPatch = release == .patchV2
    let waits = [KernelRelease.v5_10, .v5_15].contains(release)
    #expect(verdicts(.probeFault).contains("hang virtio_fs_percpu_exit.waitForReference") == isPatch)
    #expect(verdicts(.bindAgain).isEmpty == !isPatch)
    #expect(verdicts(.mountUser).contains("use-after-free user.sendRequest") == isPatch)
    #expect(verdicts(.mountUser).isEmpty == !isPatch)
    #expect(verdicts(.hold).contains("hang memunmap_pages.waitForReference") == waits)
    #expect(verdicts(.pin).isEmpty == waits)
    #expect(verdicts(.pin).contains("bad-address pin.putPage") == (!waits && release != .v6_17rc1))
    #expect(verdicts(.pin).contains("bad-address pin.mapPage") == (release == .v6_17rc1))
    #expect(
      verdicts(.reader).prefix(2) == [
        "use-after-free dax_direct_access.checkAlive",
        "null-dereference virtio_fs_direct_access.computeBounds",
      ])
  }
}
