/// `fuse_read_folio()`: one page that is there, but not up to date, is read.
public struct FuseReadFolio: KernelFunction {
  public enum Line: String, KernelLine { case sendRead, fillPage }

  public static let id = FunctionID.fuseReadFolio
  public var frame: Frame { .fuseReadFolio(Activation(self)) }

  let inode: Handle<FuseInode>
  let handle: FileHandle
  /// The page, in bytes of the file.
  let page: UInt64

  init(file: ProcessFiles.OpenFile, page: UInt64) {
    (inode, handle, self.page) = (file.inode, file.handle, page)
  }

  public static func lines(in release: KernelRelease) -> [Line] { [.sendRead, .fillPage] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .sendRead:
      let object = try kernel.inodes.read(inode, at: kernel.here)
      let read = FuseRead(handle: handle, offset: FileOffset(page), size: UInt32(pageSize))
      return .call(FuseSimpleRequest(object.connection, object.node, .read(read)))
    case .fillPage:
      guard case .reply(.data(let bytes)) = returned else { return .fail(returned.errno ?? .EIO) }
      try kernel.fillPages(of: inode, page..<page + pageSize, with: bytes)
      return .done(.success)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", inode)
    visitor.field("page", .number(page))
  }
}

extension FuseReadFolio.Line {
  public var note: Note {
    switch self {
    case .sendRead: Note("Sends READ for the page.", calls: [.fuseSimpleRequest])
    case .fillPage: Note("Fills it. An error leaves it as it was: it is read again when it is needed again.")
    }
  }
}
