/// `do_execveat_common()`: runs a program that lies on the mount, as far as the file system is concerned.
///
/// The process is not replaced: what can be seen is which answer the kernel gives and what it reads for it.
public struct DoExec: KernelFunction {
  public enum Line: String, KernelLine {
    case walk, checkWalk, checkPermission, checkOpen, searchBinaryHandler, release, returnResult
  }

  public static let id = FunctionID.doExec
  public var frame: Frame { .doExec(Activation(self)) }

  let connection: Handle<FuseConnection>?
  let path: FileName
  var inode: Handle<FuseInode>?
  var held = HeldPath()
  var file: ProcessFiles.OpenFile?
  var result = Value.success

  /// `BINPRM_BUF_SIZE`: how much is read to find out what kind of program it is.
  static let headLength: UInt64 = 256

  init(connection: Handle<FuseConnection>?, path: FileName) {
    (self.connection, self.path) = (connection, path)
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    [.walk, .checkWalk, .checkPermission, .checkOpen, .searchBinaryHandler, .release, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    let flow = try advance(line, in: &kernel, returned: returned)
    guard case .done(let value) = flow, let going = try kernel.putPath(&held) else { return flow }
    result = value
    return .call(FuseEvictInode(inode: going), then: .returnResult)
  }

  private mutating func advance(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .walk:
      guard try kernel.enterMount(connection, &held) else { return .fail(.ENOENT) }
      return .call(LinkPathWalk(connection, path))
    case .checkWalk:
      guard case .inode(let found) = returned else { return .fail(returned.errno ?? .ENOENT) }
      (inode, held.inode) = (found, found)
      let object = try kernel.inodes.read(found, at: kernel.here)
      return object.isDirectory ? .fail(.EACCES) : .call(FusePermission(inode: found, executes: true))
    case .checkPermission:
      guard let inode, returned.errno == nil else { return .fail(returned.errno ?? .EACCES) }
      return .call(FuseOpenFile(inode: inode, flags: []))
    case .checkOpen:
      guard case .int(let number) = returned, number >= 0 else { return .fail(returned.errno ?? .EIO) }
      // A program that is run has no descriptor.
      guard let opened = kernel.process.take(Int(number)) else { return .fail(.EBADF) }
      file = opened
      return .call(FuseFileReadIter(file: opened, position: 0, iter: head(kernel)))
    case .searchBinaryHandler:
      result = .error(returned.errno ?? .ENOEXEC)
      if case .int(let count) = returned, count >= 4, let first = head(kernel).segments.first {
        let magic = try kernel.readProcess(first.address, 4)
        if magic == [0x7f, 0x45, 0x4c, 0x46] { result = .success }
      }
      return .next
    case .release:
      guard let file, kernel.process.put(file) else { return .next }
      return .call(FuseReleaseFile(file: file, isClose: false))
    case .returnResult:
      return .done(result)
    }
  }

  private func head(_ kernel: Kernel) -> IovIter {
    IovIter(buffers: [DoExec.headLength], on: kernel.architecture)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("path", .text(path.description))
    visitor.field("inode", inode)
    visitor.field("result", .text("\(result)"))
  }
}

extension DoExec.Line {
  public var note: Note {
    switch self {
    case .walk: Note("Finds the file.", calls: [.linkPathWalk])
    case .checkWalk:
      Note(
        "A directory cannot be run, nor a file that nobody may execute.", failsWith: [.EACCES],
        calls: [.fusePermission])
    case .checkPermission: Note("Opens it for reading.", calls: [.fuseOpen])
    case .checkOpen:
      Note("Reads its first 256 bytes, through the window if it has DAX.", calls: [.fuseFileReadIter])
    case .searchBinaryHandler:
      Note(
        "Looks for somebody who knows this kind of program.",
        why: "Here that is ELF alone, and it is not run: the process stays what it is.", failsWith: [.ENOEXEC]
      )
    case .release: Note("Closes the file.", calls: [.fuseRelease])
    case .returnResult:
      Note("Lets go of what the path has led to, and returns the result.", calls: [.fuseEvictInode])
    }
  }
}
