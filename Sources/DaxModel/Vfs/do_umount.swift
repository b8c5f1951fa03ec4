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
      guard object.mounts <= 1, let connection = object.connection else { return .next }
      if try kernel.connections.read(connection, at: kernel.here).mountUsers > 0 { return .fail(.EBUSY) }
      try kernel.changeConnection(connection) { $0.isDetached = true }
      return .next
    case .deactivateSuper:
      return .call(VirtioKillSb(superblock: superblock))
    case .returnResult:
      return .done(returned)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) { visitor.field("sb", superblock) }
}

extension DoUmount.Line {
  public var note: Note {
    switch self {
    case .checkBusy:
      Note(
        "Refuses to take away what somebody has files of, open or mapped, or what a call is under way on.",
        why:
          "Each of them holds the mount. A mount of the same on top of it can go. From here on no path leads to it.",
        failsWith: [.EBUSY])
    case .deactivateSuper: Note("Gives the superblock back.", calls: [.virtioKillSb])
    case .returnResult: Note("Returns 0.")
    }
  }
}
