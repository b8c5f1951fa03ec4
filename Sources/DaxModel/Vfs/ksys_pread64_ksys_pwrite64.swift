/// `ksys_pread64()` and `ksys_pwrite64()`: reads and writes at a place of an open file.
public struct KsysPread: KernelFunction {
  public enum Line: String, KernelLine { case checkFile, readFile, writeFile, returnResult }

  public static let id = FunctionID.ksysPread
  public var frame: Frame { .ksysPread(Activation(self)) }

  let descriptor: FileDescriptor
  let position: UInt64
  let iter: IovIter
  let isWrite: Bool
  /// What the descriptor stands for: held from the first line to the last.
  var file: ProcessFiles.OpenFile?
  var result = Value.success

  init(descriptor: FileDescriptor, position: UInt64, iter: IovIter, isWrite: Bool) {
    (self.descriptor, self.position, self.iter, self.isWrite) = (descriptor, position, iter, isWrite)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkFile, .readFile, .writeFile, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    guard let file = file ?? (line == .checkFile ? kernel.process.file(descriptor) : nil) else {
      return line == .checkFile ? .fail(.EBADF) : .done(result)
    }
    switch line {
    case .checkFile:
      guard isWrite ? file.flags.canWrite : file.flags.canRead else { return .fail(.EBADF) }
      if try kernel.inodes.read(file.inode, at: kernel.here).isDirectory { return .fail(.EISDIR) }
      if position > UInt64(Int64.max) || iter.count > UInt64(Int64.max) - position { return .fail(.EINVAL) }
      kernel.process.hold(file)
      self.file = file
      return isWrite ? .jump(.writeFile) : .next
    case .readFile:
      return .call(
        FuseFileReadIter(file: file, position: position, iter: iter), then: .returnResult)
    case .writeFile:
      return .call(FuseFileWriteIter(file: file, position: position, iter: iter))
    case .returnResult:
      self.file = nil
      guard kernel.process.put(file) else { return .done(returned) }
      result = returned
      return .call(FuseReleaseFile(file: file, isClose: false), then: .returnResult)
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
    case .checkFile:
      Note(
        "Is the file open, and for this? Else -EBADF; a directory is -EISDIR.",
        why: "fdget(): the call holds the file from here on, whatever happens to the descriptor.")
    case .readFile: Note("Reads the file.", calls: [.fuseFileReadIter])
    case .writeFile: Note("Writes to the file.", calls: [.fuseFileWriteIter])
    case .returnResult:
      Note(
        "Lets go of the file, and returns how many bytes were moved, or the error.",
        why: "If the descriptor was closed meanwhile, the file is released now.", calls: [.fuseRelease])
    }
  }
}
