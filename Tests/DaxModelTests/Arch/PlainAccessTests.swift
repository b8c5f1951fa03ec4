import Testing

@testable import DaxModel

/// What ordinary loads and stores do: as observed on s390x, and on x86-64 beside it.
@Suite struct PlainAccessTests {
  @Test(arguments: KernelRelease.all, PlainAccess.Kind.allCases)
  func aCookieIsAnOops(_ release: KernelRelease, _ kind: PlainAccess.Kind) throws {
    let machine = try Machine.with(release, on: .s390x)
    let address = machine.cookie(1, 0x1000)
    guard case .oops(let oops) = machine.kernel.plainAccess(kind, at: address) else {
      Issue.record("no oops")
      return
    }
    #expect(oops.kind == .cookieDereference)
    #expect(oops.address == address)
    #expect(oops.program == .asceType)
    let words = "Unable to handle kernel pointer dereference in virtual kernel address space"
    for part in [words, "failing address \(address)", "0038"] {
      #expect(oops.message.contains(part), "\(oops.message)")
    }
    #expect(throws: Oops.self) { try machine.kernel.examine(address) }
  }

  @Test(arguments: KernelRelease.all)
  func theOtherWaysToTouchABar(_ release: KernelRelease) throws {
    let machine = try Machine.with(release, on: .s390x)
    let kernel = machine.kernel
    let address = machine.cookie(1)
    let killed = PlainAccess.Outcome.signal(
      PlainAccess.Signal(name: "SIGILL", code: 3, program: .addressing))
    for kind in PlainAccess.Kind.allCases {
      #expect(kernel.plainAccess(kind, at: address, from: .kernelNoFault) == .errno(.EFAULT))
      #expect(kernel.plainAccess(kind, at: address, from: .userMapping) == killed)
      #expect(kernel.plainAccess(kind, at: address, from: .userBuffer) == .errno(.EFAULT))
    }
    #expect(ProgramException.addressing.digits == "0005")
    let physical = PhysicalAddress(address.rawValue)
    #expect(kernel.memremapWriteBack(physical) == address)
    #expect(!kernel.isValid(physical.frame))
  }

  @Test(arguments: KernelRelease.all)
  func theMeaningOfACookie(_ release: KernelRelease) throws {
    let machine = try Machine.with(release, on: .s390x)
    let entry = try #require(machine.kernel.zpci?.iomap[1])
    let cookie = try #require(
      IomapCookie(machine.cookie(1, 0x40), base: release.built(for: .s390x).cookieBase))
    #expect(machine.kernel.meaning(of: cookie.address) == .cookie(cookie, entry))
    #expect(machine.kernel.meaning(of: cookie.address).bar == entry)
    let unused = machine.cookie(500)
    #expect(machine.kernel.meaning(of: unused).bar == nil)
    #expect(
      machine.kernel.meaning(of: unused).sentence(on: .s390x)
        == "an iomem cookie: entry 500, offset 0x0; no BAR has this entry")
  }

  @Test func nullOnBothArchitectures() throws {
    let s390x = try Machine.with(.v6_12, on: .s390x).kernel
    #expect(s390x.meaning(of: KernelAddress(8)) == .nullPage)
    #expect(s390x.plainAccess(.load, at: KernelAddress(8)) == .data)
    #expect(try s390x.examine(.null) == 0)
    guard case .oops(let oops) = s390x.plainAccess(.store, at: KernelAddress(8)) else {
      Issue.record("no oops")
      return
    }
    #expect(oops.program == .protection)
    #expect(oops.kind == .protection)
    let x86 = try Machine.with(.v6_12, on: .x86_64).kernel
    guard case .oops(let other) = x86.plainAccess(.load, at: KernelAddress(8)) else {
      Issue.record("no oops")
      return
    }
    #expect(other.kind == .nullDereference)
    #expect(other.program == nil)
    #expect(x86.plainAccess(.load, at: KernelAddress(8), from: .kernelNoFault) == .errno(.ERANGE))
  }

  @Test func theWindowOnX86() throws {
    var machine = try Machine.with(.v6_12, on: .x86_64)
    _ = machine.run(machine.startProbe(0))
    let window = try #require(machine.kernel.instance(of: 0)).windowAddress
    let physical = try #require(machine.kernel.window(of: 0)).address
    #expect(machine.kernel.meaning(of: window) == .memory(physical))
    for kind in PlainAccess.Kind.allCases {
      for origin in PlainAccess.Origin.allCases {
        #expect(machine.kernel.plainAccess(kind, at: window, from: origin) == .data)
      }
    }
    #expect(machine.kernel.isValid(physical.frame))
    let behind = window.advanced(by: ByteCount(64 << 20))
    #expect(
      machine.kernel.meaning(of: behind) == .unmappedLinear(physical.advanced(by: ByteCount(64 << 20))))
    #expect(machine.kernel.plainAccess(.load, at: behind, from: .kernelNoFault) == .errno(.EFAULT))
  }

  @Test func theSameNumberOnTheOtherArchitecture() throws {
    let x86 = try Machine.with(.v6_12, on: .x86_64).kernel
    let cookie = KernelAddress(0x4001_0000_0000_0000)
    #expect(x86.meaning(of: cookie) == .nonCanonical)
    guard case .oops(let oops) = x86.plainAccess(.load, at: cookie) else {
      Issue.record("no oops")
      return
    }
    #expect(oops.kind == .generalProtection)
    #expect(x86.meaning(of: KernelAddress(0x7fff_0000_0000)) == .userHalf)
    #expect(x86.meaning(of: KernelAddress(0xffff_8000_0000_0000)) == .nothing)
    let s390x = try Machine.with(.v6_12, on: .s390x).kernel
    #expect(s390x.meaning(of: KernelAddress(0x10_0000)) == .memory(PhysicalAddress(0x10_0000)))
    #expect(try s390x.examine(KernelAddress(0x10_0000)) == UInt64(0x10_0000).byteSwapped)
  }

  /// With MIO the page tables map the BAR; an ordinary access is refused all the same.
  @Test func aMappedBarIsNoMemoryEither() throws {
    let release = KernelRelease.v6_12.built(for: .s390x)
    let device = try MachineConfiguration.syntheticDevice(release: release)
    var configuration = MachineConfiguration(release: release, devices: [MachineConfiguration.Device(device)])
    configuration.zpci = Zpci(hasMIO: true)
    let kernel = Machine(configuration).kernel
    let address = MioMapping(index: 1, offset: 0x80).address
    let entry = try #require(kernel.zpci?.iomap[1])
    #expect(kernel.meaning(of: address) == .mio(entry, offset: 0x80))
    guard case .oops(let oops) = kernel.plainAccess(.copy, at: address) else {
      Issue.record("no oops")
      return
    }
    #expect(oops.kind == .addressing)
    #expect(oops.program == .addressing)
    #expect(oops.message.contains("0005") && oops.message.contains("UNCONFIRMED"))
    #expect(kernel.plainAccess(.load, at: address, from: .kernelNoFault) == .errno(.EFAULT))
    #expect(kernel.meaning(of: MioMapping(index: 999).address) == .nothing)
  }

  /// Memory that a device wrote little-endian looks reversed on s390x.
  @Test func wordsAreReadInTheOrderOfTheProcessor() throws {
    var kernel = try Machine.with(.v6_12, on: .s390x).kernel
    let base = PhysicalAddress(0x60_0000_0000)
    kernel.memory.linear.append(PhysicalRange(base, length: ByteCount(4096)))
    #expect(try kernel.examine(KernelAddress(base.rawValue)) == 0x0000_0000_6000_0000)
    #expect(kernel.meaning(of: KernelAddress(base.rawValue)) == .memory(base))
  }

  @Test func theTableThatHasNoEntryNamesTheException() throws {
    let kernel = try Machine.with(.v6_12, on: .s390x).kernel
    let end = try #require(kernel.memory.ram.last).end.rawValue + 1
    func program(_ address: UInt64) -> ProgramException? {
      guard case .oops(let oops) = kernel.plainAccess(.load, at: KernelAddress(address)) else { return nil }
      return oops.program
    }
    #expect(program(end) == .segmentTranslation)
    #expect(program(0x1_0000_0000) == .regionThird)
    #expect(program(1 << 43) == .regionSecond)
    #expect(program(1 << 53) == .asceType)
    #expect(program(.max) == .asceType)
  }

  /// A plain access to a cookie never gives data; what is said to be data can be loaded, and nothing else.
  @Test(arguments: KernelRelease.all)
  func randomAddresses(_ release: KernelRelease) throws {
    var random = SplitMix64(seed: 0xadd7)
    let machine = try Machine.with(release, on: .s390x)
    let x86 = try Machine.with(release, on: .x86_64)
    for _ in 0..<2_000 {
      let cookie = machine.cookie(random.next() & 0x3fff, random.next())
      let anywhere = KernelAddress(random.next() >> UInt64(random.below(64)))
      for (kernel, address) in [
        (machine.kernel, cookie), (machine.kernel, anywhere), (x86.kernel, anywhere), (x86.kernel, cookie),
      ] {
        let aligned = KernelAddress(address.rawValue & ~7)
        let outcome = kernel.plainAccess(.load, at: aligned)
        do throws(Oops) {
          _ = try kernel.examine(aligned)
          #expect(outcome == .data, "\(aligned)")
        } catch {
          #expect(outcome == .oops(error), "\(aligned)")
        }
        let meaning = kernel.meaning(of: aligned)
        #expect(!meaning.sentence(on: kernel.architecture).isEmpty)
        switch meaning {
        case .memory: #expect(outcome == .data)
        case .nullPage: #expect((outcome == .data) == (kernel.architecture == .s390x))
        default:
          #expect(outcome != .data, "\(aligned)")
          #expect(kernel.plainAccess(.load, at: aligned, from: .kernelNoFault) != .data)
        }
      }
      for kind in PlainAccess.Kind.allCases {
        for origin in PlainAccess.Origin.allCases {
          #expect(machine.kernel.plainAccess(kind, at: cookie, from: origin) != .data)
        }
      }
    }
  }
}
