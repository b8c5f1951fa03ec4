/// `__vm_munmap()`: a mapping goes, or a part of it.
public struct VmMunmap: KernelFunction {
  public enum Line: String, KernelLine { case split, unmap, writeBack, releaseFile, returnResult }

  public static let id = FunctionID.vmMunmap
  public var frame: Frame { .vmMunmap(Activation(self)) }

  let mapping: MappingID
  /// Nil: all of it.
  let piece: MapPiece?
  /// Files of the areas that are gone and that have not been looked at.
  var files: [ProcessFiles.OpenFile] = []
  var file: ProcessFiles.OpenFile?

  init(mapping: MappingID, piece: MapPiece? = nil) { (self.mapping, self.piece) = (mapping, piece) }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.split, .unmap, .writeBack, .releaseFile, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .split:
      guard kernel.process.start(of: mapping) != nil else { return .fail(.EINVAL) }
      guard let piece else { return .next }
      guard piece.offset % pageSize == 0, let pages = piece.pages else { return .fail(.EINVAL) }
      kernel.process.split(mapping, at: pages.lowerBound)
      kernel.process.split(mapping, at: pages.upperBound)
      return .next
    case .unmap:
      for slot in kernel.process.areas(of: mapping, in: piece?.pages) {
        if let area = kernel.process.mapping(slot) { files.append(area.file) }
        kernel.process.mappings[slot - 1] = nil
      }
      return .next
    case .writeBack:
      guard let area = files.popLast() else { return .jump(.returnResult) }
      file = area
      return try kernel.inodes.read(area.inode, at: kernel.here).cache.dirty.isEmpty
        ? .next : .call(FuseWritepages(file: area))
    case .releaseFile:
      guard let file, !kernel.process.keeps(file),
        !files.contains(where: { $0.handle == file.handle && $0.inode == file.inode })
      else { return .jump(.writeBack) }
      return .call(FuseReleaseFile(file: file, isClose: false), then: .writeBack)
    case .returnResult:
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vma", .number(UInt64(max(mapping, 0))))
    if let piece {
      visitor.field("start", .number(piece.offset))
      visitor.field("len", .number(piece.length))
    }
  }
}

extension VmMunmap.Line {
  public var note: Note {
    switch self {
    case .split:
      Note("An area of which only a part goes becomes two; -EINVAL unless it begins with a page.")
    case .unmap: Note("Takes the areas and their page tables away.")
    case .writeBack: Note("Dirty pages of a file without DAX are sent.", calls: [.fuseWritepages])
    case .releaseFile: Note("If nothing else keeps the file open, it is closed now.", calls: [.fuseRelease])
    case .returnResult: Note("Returns 0.")
    }
  }
}
