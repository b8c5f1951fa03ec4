/// A process loads or stores through a mapping: `handle_mm_fault()` wherever the page tables have nothing.
public struct UserAccess: KernelFunction {
  public enum Line: String, KernelLine { case touch, fault, checkHuge, faultPage, checkFault, readPages }

  public static let id = FunctionID.access
  public var frame: Frame { .access(Activation(self)) }

  let mapping: MappingID
  /// Where in the mapping it begins.
  let offset: UInt64
  let length: UInt64
  /// The buffer on the other side; nil if pages are only touched.
  let iter: IovIter?
  let isStore: Bool
  var done: UInt64 = 0

  init(mapping: MappingID, offset: UInt64, length: UInt64, iter: IovIter?, isStore: Bool) {
    (self.mapping, self.offset, self.length, self.iter, self.isStore) = (
      mapping, offset, length, iter, isStore
    )
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.touch, .fault, .checkHuge, .faultPage, .checkFault, .readPages]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard kernel.process.start(of: mapping) != nil else { return .fail(.EFAULT) }
    if line == .touch, done == length { return .done(.int(Int64(clamping: done))) }
    let (reached, wraps) = offset.addingReportingOverflow(done)
    guard !wraps, let slot = kernel.process.area(of: mapping, at: reached),
      let area = kernel.process.mapping(slot)
    else { return .done(.signal(Signal(number: 11, code: 1, offset: reached))) }
    let place = area.offset + (reached - area.lead)
    switch line {
    case .touch:
      return try touch(area, place, in: &kernel)
    case .fault:
      if try !kernel.inodes.read(area.inode, at: kernel.here).isDax { return .jump(.readPages) }
      if area.tables.contains(place / FuseConnDax.rangeSize) { return .jump(.faultPage) }
      return .call(FuseDaxFault(mapping: slot, offset: place, isWrite: isStore, isHuge: true))
    case .checkHuge:
      guard case .fault(let bits) = returned, bits.contains(.fallback) else { return .jump(.checkFault) }
      return .next
    case .faultPage:
      return .call(FuseDaxFault(mapping: slot, offset: place, isWrite: isStore, isHuge: false))
    case .checkFault:
      if case .fault(let bits) = returned {
        if bits.contains(.outOfMemory), iter != nil {
          kernel.log(.warning, "", "Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF")
          return .jump(.touch)
        }
        if bits.isDisjoint(with: [.sigbus, .outOfMemory]) { return .jump(.touch) }
      }
      return .done(.signal(Signal(number: 7, code: 2, offset: offset + done)))
    case .readPages:
      return .call(FilemapFault(mapping: slot, offset: place, isStore: isStore), then: .checkFault)
    }
  }

  /// Moves bytes as far as the page tables go.
  private mutating func touch(
    _ area: ProcessFiles.Mapping, _ place: UInt64, in kernel: inout Kernel
  ) throws(Oops) -> Flow<Line> {
    guard isStore ? area.canWrite : area.canRead || area.canWrite else {
      return .done(.signal(Signal(number: 11, code: 2, offset: offset + done)))
    }
    let rest = min(length - done, area.offset + area.length - place)
    var bytes = min(rest, pageSize - place % pageSize)
    if !area.copies.contains(place) {
      guard let entry = area.entry(at: place), !isStore || entry.isWritable else { return .next }
      bytes = min(rest, entry.end - place)
      if let copied = area.copies.ranges.first(where: { $0.lowerBound > place }) {
        bytes = min(bytes, copied.lowerBound - place)
      }
    }
    if let iter, let target = iter.place(done) {
      bytes = min(bytes, target.length)
      let address = area.address + (place - area.offset)
      if let signal = try refusal(area, place, in: kernel) { return .done(.signal(signal)) }
      try kernel.copyProcess(
        from: isStore ? target.address : address, to: isStore ? address : target.address, bytes)
      kernel.copyCounts.add(isStore ? .store : .load, bytes)
    }
    done += bytes
    return .jump(.touch)
  }

  /// What ends a plain access of the program to the window where that is no memory: on s390x.
  private func refusal(
    _ area: ProcessFiles.Mapping, _ place: UInt64, in kernel: Kernel
  ) throws(Oops) -> Signal? {
    guard kernel.zpci != nil, let window = area.entry(at: place)?.windowOffset, !area.copies.contains(place),
      let fs = try kernel.instance(of: kernel.deviceOf(area.inode))
    else { return nil }
    let address = fs.windowAddress.advanced(by: ByteCount(window))
    guard
      case .signal(let signal) = kernel.plainAccess(isStore ? .store : .load, at: address, from: .userMapping)
    else { return nil }
    return Signal(number: signal.name == "SIGILL" ? 4 : 11, code: signal.code, offset: offset + done)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(max(mapping, 0))))
    visitor.field("offset", .number(offset))
    visitor.field("length", .number(length))
    visitor.field("store", .flag(isStore))
    visitor.field("done", .number(done))
  }
}

extension UserAccess.Line {
  public var note: Note {
    switch self {
    case .touch: Note("Loads or stores as far as the page tables have the pages; ends when all is done.")
    case .fault:
      Note(
        "A page is missing, or cannot be stored to: tries to map 2 MiB.",
        why:
          "Not where a single page has been entered before: the page table that is there stays until munmap().",
        calls: [.fuseDaxFault])
    case .checkHuge: Note("If that was not possible, one page.")
    case .faultPage: Note("Maps one page.", calls: [.fuseDaxFault])
    case .checkFault:
      Note(
        "Tries the access again; an error is SIGBUS.",
        why:
          "After -ENOMEM a program tries again too, with a line in the log; a copy inside the kernel ends with -EFAULT."
      )
    case .readPages:
      Note("A file without DAX: the page comes from the page cache.", calls: [.filemapFault])
    }
  }
}
