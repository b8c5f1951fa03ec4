/// `ksys_pread64()` and `ksys_pwrite64()`: reads and writes at a place of an open file.
public struct KsysPread: KernelFunction {
  public enum Line: String, KernelLine { case checkFile, readFile, writeFile, returnResult }

  public static let id = FunctionID.ksysPread
  public var frame: Frame { .ksysPread(Activation(self)) }

  let descriptor: FileDescriptor
  let position: UInt64
  let iter: IovIter
  let isWrite: Bool

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkFile, .readFile, .writeFile, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let file = kernel.process.file(descriptor) else { return .fail(.EBADF) }
    switch line {
    case .checkFile:
      guard isWrite ? file.flags.canWrite : file.flags.canRead else { return .fail(.EBADF) }
      if try kernel.inodes.read(file.inode, at: kernel.here).isDirectory { return .fail(.EISDIR) }
      if position > UInt64(Int64.max) || iter.count > UInt64(Int64.max) - position { return .fail(.EINVAL) }
      return isWrite ? .jump(.writeFile) : .next
    case .readFile:
      return .call(
        FuseFileReadIter(descriptor: descriptor, position: position, iter: iter), then: .returnResult)
    case .writeFile:
      return .call(FuseFileWriteIter(file: file, position: position, iter: iter))
    case .returnResult:
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("fd", .number(UInt64(max(descriptor, 0))))
    visitor.field("pos", .number(position))
    visitor.field("count", .number(iter.count))
    visitor.field("write", .flag(isWrite))
  }
}

extension KsysPread.Line {
  public var note: Note {
    switch self {
    case .checkFile: Note("Is the file open, and for this? Else -EBADF; a directory is -EISDIR.")
    case .readFile: Note("Reads the file.", calls: [.fuseFileReadIter])
    case .writeFile: Note("Writes to the file.", calls: [.fuseFileWriteIter])
    case .returnResult: Note("Returns how many bytes were moved, or the error.")
    }
  }
}
