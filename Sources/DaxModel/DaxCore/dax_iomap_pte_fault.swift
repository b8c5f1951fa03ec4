/// `dax_iomap_pte_fault()`: maps one page of a file.
public struct DaxIomapPteFault: KernelFunction {
  public enum Line: String, KernelLine {
    case checkSize, iomapBegin, checkBegin, directAccess, checkAccess, copyPage, insert, iomapEnd
  }

  public static let id = FunctionID.daxIomapPteFault
  public var frame: Frame { .daxIomapPteFault(Activation(self)) }

  let mapping: MappingID
  let offset: UInt64
  let isWrite: Bool
  var iomap: Iomap?
  var result = Value.fault(.noPage)

  init(mapping: MappingID, offset: UInt64, isWrite: Bool) {
    (self.mapping, self.offset, self.isWrite) = (mapping, offset, isWrite)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkSize, .iomapBegin, .checkBegin, .directAccess, .checkAccess, .copyPage, .insert, .iomapEnd]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let area = kernel.process.mapping(mapping) else { return .done(.fault(.sigbus)) }
    let page = offset & ~(pageSize - 1)
    switch line {
    case .checkSize:
      return page < (try kernel.inodes.read(area.inode, at: kernel.here)).size
        ? .next : .done(.fault(.sigbus))
    case .iomapBegin:
      return .call(
        FuseIomapBegin(
          inode: area.inode, position: page, length: pageSize, isWrite: isWrite && !area.isPrivate,
          isFault: true))
    case .checkBegin:
      guard case .iomap(let given) = returned else { return .done(returned) }
      iomap = given
      return .next
    case .directAccess:
      if iomap?.windowOffset == nil { return .jump(.copyPage) }
      return .call(try kernel.pageFrames(of: iomap, area.inode, length: pageSize))
    case .checkAccess:
      if returned.errno == nil { return .next }
      result = .fault(.sigbus)
      return .jump(.iomapEnd)
    case .copyPage:
      guard isWrite, area.isPrivate else { return .next }
      try copyPage(page, area, in: &kernel)
      result = .fault(.doneCow)
      return .jump(.iomapEnd)
    case .insert:
      try kernel.insert(
        .init(offset: page, length: pageSize, windowOffset: iomap?.windowOffset, isWritable: isWrite),
        into: mapping)
      try kernel.changeInode(area.inode) { _ = $0.pageEntries.insert(page / FuseConnDax.rangeSize) }
      kernel.copyCounts.add(.page)
      return .next
    case .iomapEnd:
      let connection = try kernel.inodes.read(area.inode, at: kernel.here).connection
      try kernel.dropRange(iomap?.range, of: connection)
      return .done(result)
    }
  }

  /// A private copy of the page, in the process's own memory, in place of whatever was mapped.
  private func copyPage(_ page: UInt64, _ area: ProcessFiles.Mapping, in kernel: inout Kernel) throws(Oops) {
    let address = area.address &+ (page &- area.offset)
    if let window = iomap?.windowOffset {
      let fs = try kernel.instance(of: kernel.deviceOf(area.inode))
      if let fs { _ = try kernel.translate(fs.windowAddress.advanced(by: ByteCount(window)), for: .copy) }
      let data = try kernel.loadWindow(kernel.deviceOf(area.inode), window, pageSize)
      kernel.memory.user.write(data, at: address)
    } else {
      kernel.memory.user.clear(address, count: pageSize)
    }
    kernel.process.mappings[mapping - 1]?.enterCopy(page)
    kernel.copyCounts.add(.page)
    kernel.copyCounts.add(.pageCopy, pageSize)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(mapping)))
    visitor.field("pgoff", .number(offset >> pageShift))
    visitor.field("write", .flag(isWrite))
    visitor.field("iomap", iomap.map { .text("\($0)") } ?? .none)
    visitor.field("ret", .text("\(result)"))
  }
}

extension DaxIomapPteFault.Line {
  public var note: Note {
    switch self {
    case .checkSize: Note("A page behind the end of the file is SIGBUS.")
    case .iomapBegin: Note("Asks where the page is.", calls: [.fuseIomapBegin])
    case .checkBegin: Note("Hands an error on.")
    case .directAccess:
      Note("Asks for the frame of the page, if it is not a hole.", calls: [.daxDirectAccess])
    case .checkAccess: Note("No frame is SIGBUS: -ENXIO from a device that was killed.")
    case .copyPage: Note("A store to a private mapping goes to a copy, in fresh memory of the process.")
    case .insert: Note("Enters the page into the page tables; a hole is the page of zeros.")
    case .iomapEnd: Note("fuse_iomap_end(): the range is not used any more.")
    }
  }
}
