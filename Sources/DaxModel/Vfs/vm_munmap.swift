/// `__vm_munmap()`: a mapping goes.
public struct VmMunmap: KernelFunction {
  public enum Line: String, KernelLine { case writeBack, unmap, releaseFile, returnResult }

  public static let id = FunctionID.vmMunmap
  public var frame: Frame { .vmMunmap(Activation(self)) }

  let mapping: MappingID
  var file: ProcessFiles.OpenFile?

  init(mapping: MappingID) { self.mapping = mapping }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.writeBack, .unmap, .releaseFile, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .writeBack:
      guard let area = kernel.process.mapping(mapping) else { return .fail(.EINVAL) }
      guard kernel.tryLock(.addressSpace) else { return .wait(.lock(.addressSpace)) }
      kernel.process.hold(area.file)
      file = area.file
      return try kernel.inodes.read(area.inode, at: kernel.here).cache.dirty.isEmpty
        ? .next : .call(FuseWritepages(file: area.file))
    case .unmap:
      kernel.process.mappings[mapping - 1] = nil
      kernel.unlock(.addressSpace)
      return .next
    case .releaseFile:
      guard let file, kernel.process.put(file) else { return .next }
      return .call(FuseReleaseFile(file: file, isClose: false))
    case .returnResult:
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(max(mapping, 0))))
  }
}

extension VmMunmap.Line {
  public var note: Note {
    switch self {
    case .writeBack:
      Note(
        "Takes the mmap_lock for itself: waits for page faults under way. Dirty pages of a file without DAX are sent.",
        calls: [.fuseWritepages])
    case .unmap: Note("Takes the mapping and its page tables away, and drops the mmap_lock.")
    case .releaseFile: Note("If nothing else keeps the file open, it is closed now.", calls: [.fuseRelease])
    case .returnResult: Note("Returns 0.")
    }
  }
}
