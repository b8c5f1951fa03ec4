/// `do_umount()`: a mount goes, unless somebody uses it.
///
/// - Kernel: fs/namespace.c
public struct DoUmount: KernelFunction {
  public enum Line: String, KernelLine { case checkBusy, deactivateSuper, returnResult }

  public static let id = FunctionID.doUmount
  public var frame: Frame { .doUmount(Activation(self)) }

  let superblock: Handle<Superblock>

  public static func lines(in release: KernelRelease) -> [Line] {
    [.checkBusy, .deactivateSuper, .returnResult]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkBusy:
      let object = try kernel.superblocks.read(superblock, at: kernel.here)
      return object.mounts <= 1 && kernel.hasOpenFiles(object.connection) ? .fail(.EBUSY) : .next
    case .deactivateSuper:
      return .call(VirtioKillSb(superblock: superblock))
    case .returnResult:
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("sb", superblock) }
}

extension Kernel {
  /// Whether the process has files of a session open, or mapped.
  func hasOpenFiles(_ connection: Handle<FuseConnection>?) -> Bool {
    let files = process.files.compactMap { $0?.inode } + process.mappings.compactMap { $0?.inode }
    return files.contains { inodes.peek($0)?.connection == connection }
  }
}

extension DoUmount.Line {
  public var note: Note {
    switch self {
    case .checkBusy:
      Note(
        "Refuses to take away what somebody has files of, open or mapped.",
        why: "Each of them holds the mount. A mount of the same on top of it can go.", failsWith: [.EBUSY])
    case .deactivateSuper: Note("Gives the superblock back.", calls: [.virtioKillSb])
    case .returnResult: Note("Returns 0.")
    }
  }
}
