/// `ksys_mmap_pgoff()`: maps a piece of an open file into the process.
public struct KsysMmap: KernelFunction {
  public enum Line: String, KernelLine { case checkFile, mapFile, populate, returnResult }

  public static let id = FunctionID.ksysMmap
  public var frame: Frame { .ksysMmap(Activation(self)) }

  let descriptor: FileDescriptor
  let request: MapRequest
  var mapping: MappingID = 0

  init(descriptor: FileDescriptor, request: MapRequest) {
    (self.descriptor, self.request) = (descriptor, request)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkFile, .mapFile, .populate, .returnResult]
  }

  private var isPrivate: Bool { request.flags & 0x3 == 2 }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkFile:
      guard let file = kernel.process.file(descriptor) else { return .fail(.EBADF) }
      guard request.length > 0, request.offset % pageSize == 0, request.length <= UInt64(1) << 40
      else { return .fail(.EINVAL) }
      // Neither shared nor private.
      if request.flags & 0xf == 0 || request.flags & 0xf > 3 { return .fail(.EINVAL) }
      // No file can be so large.
      if request.offset > UInt64(Int64.max) - ((request.length + pageSize - 1) & ~(pageSize - 1)) {
        return .fail(.EOVERFLOW)
      }
      guard file.flags.canRead else { return .fail(.EACCES) }
      if try kernel.inodes.read(file.inode, at: kernel.here).isDirectory { return .fail(.ENODEV) }
      if request.flags & 0x3 == 3, request.flags & 0x80000 != 0 { return .fail(.EOPNOTSUPP) }
      if !isPrivate, request.protection & 2 != 0, !file.flags.canWrite { return .fail(.EACCES) }
      return .next
    case .mapFile:
      guard let file = kernel.process.file(descriptor) else { return .fail(.EBADF) }
      let request = request
      let length = (request.length + pageSize - 1) & ~(pageSize - 1)
      mapping = kernel.process.map { base in
        ProcessFiles.Mapping(
          file: file, address: base + request.offset % FuseConnDax.rangeSize, offset: request.offset,
          length: length,
          canRead: request.protection & 1 != 0, canWrite: request.protection & 2 != 0,
          isPrivate: request.flags & 0x3 == 2)
      }
      return .next
    case .populate:
      guard request.flags & 0x8000 != 0 else { return .next }
      // populate_vma_page_range(): private pages that can be stored to are copied at once.
      let copies = isPrivate && request.protection & 2 != 0
      return .call(
        UserAccess(mapping: mapping, offset: 0, length: request.length, iter: nil, isStore: copies))
    case .returnResult:
      return .done(.int(Int64(mapping)))
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fd", .number(UInt64(max(descriptor, 0))))
    visitor.field("off", .number(request.offset))
    visitor.field("len", .number(request.length))
    visitor.field("prot", .number(UInt64(max(request.protection, 0))))
    visitor.field("flags", .number(UInt64(max(request.flags, 0))))
  }
}

extension KsysMmap.Line {
  public var note: Note {
    switch self {
    case .checkFile:
      Note(
        "Checks what is asked for: a shared mapping that can be stored to needs a file that is open for writing.",
        why: "MAP_SYNC is -EOPNOTSUPP: the device is not one that can promise it.")
    case .mapFile: Note("Enters the mapping. Nothing is read: pages come when they are touched.")
    case .populate:
      Note(
        "With MAP_POPULATE touches every page now; a private mapping that can be stored to gets copies.",
        calls: [.access])
    case .returnResult: Note("Returns the address; here the number of the mapping.")
    }
  }
}
