/// `dax_iomap_pmd_fault()`: maps 2 MiB of a file by one entry of the upper level, if that is possible.
public struct DaxIomapPmdFault: KernelFunction {
  public enum Line: String, KernelLine {
    case checkFallback, iomapBegin, checkBegin, directAccess, insert, iomapEnd
  }

  public static let id = FunctionID.daxIomapPmdFault
  public var frame: Frame { .daxIomapPmdFault(Activation(self)) }

  let mapping: MappingID
  let offset: UInt64
  let isWrite: Bool
  var iomap: Iomap?
  var bits = FaultBits.fallback

  init(mapping: MappingID, offset: UInt64, isWrite: Bool) {
    (self.mapping, self.offset, self.isWrite) = (mapping, offset, isWrite)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkFallback, .iomapBegin, .checkBegin, .directAccess, .insert, .iomapEnd]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let area = kernel.process.mapping(mapping) else { return .done(.fault(.fallback)) }
    let size = FuseConnDax.rangeSize
    let start = offset & ~(size - 1)
    switch line {
    case .checkFallback:
      let isAligned = (area.address &- area.offset) % size == 0
      let isCovered = start >= area.offset && start + size <= area.offset + area.length
      let fileSize = try kernel.inodes.read(area.inode, at: kernel.here).size
      let hasPages = try kernel.inodes.read(area.inode, at: kernel.here).pageEntries.contains(start / size)
      let isInside = start + size <= (fileSize + pageSize - 1) & ~(pageSize - 1)
      let isCopy = isWrite && area.isPrivate
      return isAligned && isCovered && isInside && !isCopy && !hasPages ? .next : .done(.fault(.fallback))
    case .iomapBegin:
      return .call(
        FuseIomapBegin(inode: area.inode, position: start, length: size, isWrite: isWrite, isFault: true))
    case .checkBegin:
      guard case .iomap(let given) = returned else { return .done(.fault(.fallback)) }
      iomap = given
      return given.windowOffset != nil && given.length >= size ? .next : .jump(.iomapEnd)
    case .directAccess:
      return .call(try kernel.pageFrames(of: iomap, area.inode, length: size))
    case .insert:
      if returned.errno != nil { return .next }
      try kernel.insert(
        .init(
          offset: start, length: size, windowOffset: iomap?.windowOffset, isWritable: isWrite, isHuge: true),
        into: mapping)
      kernel.copyCounts.add(.huge)
      bits = .noPage
      return .next
    case .iomapEnd:
      let connection = try kernel.inodes.read(area.inode, at: kernel.here).connection
      try kernel.dropRange(iomap?.range, of: connection)
      return .done(.fault(bits))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(mapping)))
    visitor.field("pgoff", .number(offset >> pageShift))
    visitor.field("write", .flag(isWrite))
    visitor.field("iomap", iomap.map { .text("\($0)") } ?? .none)
    visitor.field("ret", .text("\(bits)"))
  }
}

extension Kernel {
  /// `dax_iomap_direct_access()`: the question for the frames of a piece.
  func pageFrames(
    of iomap: Iomap?, _ inode: Handle<FuseInode>, length: UInt64
  ) throws(Oops) -> DaxDirectAccess {
    let object = try inodes.read(inode, at: here)
    let dax = try connections.read(object.connection, at: here).dax
    return DaxDirectAccess(
      daxDevice: dax?.daxDevice, offset: PageOffset((iomap?.windowOffset ?? 0) >> pageShift),
      pages: Int64(clamping: length >> pageShift), outputs: .frame)
  }

  /// Enters pages into the page tables of a mapping.
  mutating func insert(_ run: ProcessFiles.PageTableRun, into id: MappingID) throws(Oops) {
    guard process.mapping(id) != nil else { return }
    process.mappings[id - 1]?.enter(run)
  }
}

extension DaxIomapPmdFault.Line {
  public var note: Note {
    switch self {
    case .checkFallback:
      Note(
        "Leaves it to single pages unless address and file agree, the mapping and the file hold all of the 2 MiB, nothing is copied, and the file has no entry for one page there."
      )
    case .iomapBegin: Note("Asks where the 2 MiB are.", calls: [.fuseIomapBegin])
    case .checkBegin:
      Note(
        "Any error, also that there was no range, is just a fall back.",
        why: "The error is told to nobody: the fault for one page meets it again.")
    case .directAccess: Note("Asks for the frame of the first page.", calls: [.daxDirectAccess])
    case .insert: Note("Enters 2 MiB into the page tables; if there was no answer, falls back.")
    case .iomapEnd: Note("fuse_iomap_end(): the range is not used any more.")
    }
  }
}
