/// An ordinary load, store or copy: what C code does when it takes a number for memory.
public struct PlainAccess: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case load, store
    /// `memcpy()` and `memset()`: MVC and XC on s390x, `rep movs` and its kin on x86-64.
    case copy
  }

  /// Who does it.
  public enum Origin: String, Hashable, Sendable, CaseIterable {
    /// Kernel code that trusts the address.
    case kernel
    /// `copy_from_kernel_nofault()`, which is prepared for a fault.
    case kernelNoFault
    /// A program that has mapped the BAR behind the address.
    case userMapping
    /// A program that hands such a mapping to `write()` as its buffer.
    case userBuffer
  }

  public enum Outcome: Hashable, Sendable {
    /// It works.
    case data
    /// The kernel dies.
    case oops(Oops)
    /// The call fails.
    case errno(Errno)
    /// The program is killed, unless it is prepared.
    case signal(Signal)
  }

  /// A signal to a program.
  public struct Signal: Hashable, Sendable {
    /// `SIGILL`, `SIGSEGV`.
    public var name: String
    /// `si_code`.
    public var code: Int
    /// The program interruption behind it, on s390x.
    public var program: ProgramException?
  }
}

extension Kernel {
  /// What becomes of an ordinary access, without doing it.
  ///
  /// Where no source says how it ends, the message says UNCONFIRMED.
  ///
  /// - Source: observed on Linux 6.1, 6.12 and 7.2 for s390x, without MIO.
  public func plainAccess(
    _ kind: PlainAccess.Kind, at address: KernelAddress, from origin: PlainAccess.Origin = .kernel
  ) -> PlainAccess.Outcome {
    let meaning = meaning(of: address)
    switch origin {
    case .kernel: return fault(kind, at: address, meaning).map { .oops($0) } ?? .data
    case .kernelNoFault:
      if fault(kind, at: address, meaning) == nil { return .data }
      return .errno(isRefusedUnseen(meaning) ? .ERANGE : .EFAULT)
    case .userMapping:
      if meaning.bar != nil {
        return .signal(PlainAccess.Signal(name: "SIGILL", code: 3, program: .addressing))
      }
      if case .memory = meaning { return .data }
      return .signal(PlainAccess.Signal(name: "SIGSEGV", code: 1, program: nil))
    case .userBuffer:
      if case .memory = meaning { return .data }
      return .errno(.EFAULT)
    }
  }

  /// Whether `copy_from_kernel_nofault()` does not even try, as x86-64 has it since 5.8.
  ///
  /// - Linux: mm/maccess.c, arch/x86/mm/maccess.c
  private func isRefusedUnseen(_ meaning: AddressMeaning) -> Bool {
    guard architecture == .x86_64 else { return false }
    return meaning == .nullPage || meaning == .userHalf || meaning == .nonCanonical
  }

  /// The oops that an access of the kernel is; nil if it goes well.
  func fault(
    _ kind: PlainAccess.Kind, at address: KernelAddress, _ meaning: AddressMeaning
  ) -> Oops? {
    if case .memory = meaning { return nil }
    switch architecture {
    case .x86_64: return x86Fault(at: address, meaning)
    case .s390x: return s390Fault(kind, at: address, meaning)
    }
  }

  private func x86Fault(at address: KernelAddress, _ meaning: AddressMeaning) -> Oops {
    func oops(_ kind: Oops.Kind, _ words: String, _ reason: String) -> Oops {
      Oops(kind: kind, site: here, address: address, message: "\(words) \(address). \(reason)")
    }
    switch meaning {
    case .nullPage:
      return oops(
        .nullDereference, "BUG: kernel NULL pointer dereference, address",
        "A NULL pointer, or one close above it, is followed.")
    case .nonCanonical:
      return oops(
        .generalProtection, "general protection fault, probably for non-canonical address",
        "The upper 16 bits of an address repeat bit 47; this is no address at all.")
    case .userHalf:
      return oops(
        .badAddress, "BUG: unable to handle page fault for address",
        "It belongs to the half of programs, and the kernel has nothing mapped there.")
    case .unmappedLinear(let physical):
      return oops(
        .badAddress, "BUG: unable to handle page fault for address",
        "Nothing is mapped there: physical address \(physical) is neither RAM nor added device memory.")
    default:
      return oops(
        .badAddress, "BUG: unable to handle page fault for address",
        "The address lies outside the linear map of physical memory.")
    }
  }

  private func s390Fault(
    _ kind: PlainAccess.Kind, at address: KernelAddress, _ meaning: AddressMeaning
  ) -> Oops? {
    let words = "Unable to handle kernel pointer dereference in virtual kernel address space"
    func oops(_ kind: Oops.Kind, _ program: ProgramException, _ words: String, _ reason: String) -> Oops {
      Oops(
        kind: kind, site: here, address: address,
        message: "\(words), failing address \(address), oops \(program.digits). \(reason)", program: program)
    }
    switch meaning {
    case .nullPage:
      if kind == .load { return nil }
      return oops(
        .protection, .protection, "Low-address protection",
        "NULL is the lowcore of s390x: it can be read, and stores to it are refused. UNCONFIRMED.")
    case .cookie(let cookie, _):
      return oops(
        .cookieDereference, .asceType, words,
        "It is the iomem cookie of entry \(cookie.index), offset \(hex(cookie.offset)): a number for the PCI "
          + "instructions. No page table reaches so far.")
    case .mio:
      return oops(
        .addressing, .addressing, "addressing exception",
        "The page tables map the BAR there, but no main storage is behind it: only the MIO instructions may use "
          + "it. UNCONFIRMED.")
    default:
      return oops(
        .badAddress, translationException(at: address), words,
        "Nothing is mapped there: it is neither RAM nor added device memory.")
    }
  }

  /// Which table of the kernel's four levels has no entry for an address.
  ///
  /// What memory there is near the address says how far a walk gets. By the architecture: UNCONFIRMED, but for the
  /// ASCE type, which was observed.
  private func translationException(at address: KernelAddress) -> ProgramException {
    func hasNeighbour(_ size: UInt64) -> Bool {
      let start = PhysicalAddress(address.rawValue & ~(size - 1))
      let block = PhysicalRange(start, length: ByteCount(size))
      return memory.ram.contains { $0.overlaps(block) } || memory.linear.contains { $0.overlaps(block) }
    }
    if address.rawValue >> 53 != 0 { return .asceType }
    if hasNeighbour(1 << 20) { return .pageTranslation }
    if hasNeighbour(1 << 31) { return .segmentTranslation }
    return hasNeighbour(1 << 42) ? .regionThird : .regionSecond
  }
}
