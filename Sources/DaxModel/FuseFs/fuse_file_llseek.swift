/// `fuse_file_llseek()` for `SEEK_DATA` and `SEEK_HOLE`: where in a file there is something, and where nothing.
///
/// - Kernel: fs/fuse/file.c, with `fuse_lseek()`
public struct FuseFileLlseek: KernelFunction {
  public enum Line: String, KernelLine {
    case lockInode, sendLseek, takeOffset, updateAttributes, useSize, unlockInode
  }

  public static let id = FunctionID.fuseFileLlseek
  public var frame: Frame { .fuseFileLlseek(Activation(self)) }

  let file: ProcessFiles.OpenFile
  let offset: UInt64
  /// `SEEK_DATA` 3, `SEEK_HOLE` 4.
  let whence: UInt32
  var result = Value.success

  init(file: ProcessFiles.OpenFile, offset: UInt64, whence: UInt32) {
    (self.file, self.offset, self.whence) = (file, offset, whence)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.lockInode, .sendLseek, .takeOffset, .updateAttributes, .useSize, .unlockInode]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let object = try kernel.inodes.read(file.inode, at: kernel.here)
    switch line {
    case .lockInode:
      return kernel.lock(.inode(file.inode))
    case .sendLseek:
      let fields = FuseLseek(handle: file.handle, offset: FileOffset(offset), whence: whence)
      return .call(FuseSimpleRequest(object.connection, object.node, .lseek(fields)))
    case .takeOffset:
      if returned.errno == .ENOSYS { return .next }
      if case .reply(.offset(let found)) = returned {
        result = .int(Int64(clamping: found.rawValue))
      } else {
        result = .error(returned.errno ?? .EIO)
      }
      return .jump(.unlockInode)
    case .updateAttributes:
      return .call(
        FuseDoGetattr(inode: file.inode, for: kernel.release.has(.forgetsAllAttributes) ? .all : .size))
    case .useSize:
      if let errno = returned.errno {
        result = .error(errno)
      } else if offset >= object.size {
        result = .error(.ENXIO)
      } else {
        result = .int(Int64(clamping: whence == FuseLseek.data ? offset : object.size))
      }
      return .next
    case .unlockInode:
      kernel.unlock(.inode(file.inode))
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("inode", file.inode)
    visitor.field("offset", .number(offset))
    visitor.field("whence", .number(UInt64(whence)))
    visitor.field("result", .text("\(result)"))
  }
}

extension FuseFileLlseek.Line {
  public var note: Note {
    switch self {
    case .lockInode: Note("Takes the inode lock.")
    case .sendLseek: Note("Sends LSEEK.", calls: [.fuseSimpleRequest])
    case .takeOffset: Note("Takes the server's answer, if it knows the request.")
    case .updateAttributes: Note("Otherwise asks how long the file is.", calls: [.fuseDoGetattr])
    case .useSize:
      Note("The file counts as data up to its end, where there is a hole.", failsWith: [.ENXIO])
    case .unlockInode: Note("Drops the inode lock.")
    }
  }
}
