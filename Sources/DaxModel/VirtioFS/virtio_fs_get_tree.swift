/// `virtio_fs_get_tree()`: a tag is mounted. The superblock is made, or shared if the instance is mounted already.
public struct VirtioFsGetTree: KernelFunction {
  public enum Line: String, KernelLine {
    case parseOptions, findInstance, allocateConnection, getSuper, fillSuper, checkFill, returnRoot
    case killSuper, returnError, dropConnection
  }

  public static let id = FunctionID.virtioFsGetTree
  public var frame: Frame { .virtioFsGetTree(Activation(self)) }

  let tag: String
  let option: DaxOption
  var mode = DaxMode.never
  var fs: Handle<VirtioFs>?
  var superblock: Handle<Superblock>?
  var error: Errno?

  init(tag: String, option: DaxOption) {
    self.tag = tag
    self.option = option
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    if release.has(.fsIsDeviceManaged) { return [] }
    return [
      .parseOptions, .findInstance, .allocateConnection, .getSuper, .fillSuper, .checkFill, .returnRoot,
      .killSuper, .returnError, .dropConnection,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .parseOptions:
      kernel.ran(.virtioFsParseParam)
      guard let wanted = option.mode(in: kernel.release), kernel.fails(.check) == nil else {
        return .fail(.EINVAL)
      }
      mode = wanted
      return .next
    case .findInstance:
      if kernel.mustWait(for: .instances) { return .wait(.lock(.instances)) }
      fs = try kernel.findInstance(tag: tag)
      guard let fs, kernel.fails(.check) == nil else { return .fail(.EINVAL) }
      try kernel.getFs(fs)
      return .next
    case .allocateConnection:
      error = kernel.fails(.kzalloc)
      return error == nil ? .next : .jump(.dropConnection)
    case .getSuper:
      return try getSuper(in: &kernel)
    case .fillSuper:
      return .call(VirtioFsFillSuper(tag: tag, option: option, mode: mode, superblock: superblock))
    case .checkFill:
      error = returned.errno
      return error == nil ? .next : .jump(.killSuper)
    case .returnRoot, .returnError:
      return .done(error.map { .error($0) } ?? .success)
    case .killSuper:
      return .call(VirtioKillSb(superblock: superblock), then: .returnError)
    case .dropConnection:
      if kernel.mustWait(for: .instances) { return .wait(.lock(.instances)) }
      if let fs { try kernel.putFs(fs) }
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  private mutating func getSuper(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    guard let fs else { return .fail(.EINVAL) }
    superblock = kernel.superblock(of: fs)
    guard let superblock else {
      let device = try kernel.filesystems.read(fs, at: kernel.here).device
      self.superblock = kernel.superblocks.allocate(Superblock(tag: tag, fs: fs), for: device)
      return .next
    }
    var shared = try kernel.superblocks.read(superblock, at: kernel.here)
    shared.mounts += 1
    try kernel.superblocks.write(superblock, shared, at: kernel.here)
    return .jump(.dropConnection)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("tag", .text(tag))
    visitor.field("option", .text(option.rawValue))
    visitor.field("dax_mode", .text(mode.rawValue))
    visitor.field("fs", fs)
    visitor.field("sb", superblock)
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension VirtioFsGetTree.Line {
  public var note: Note {
    switch self {
    case .parseOptions:
      Note(
        "What virtio_fs_parse_param() has read: the option dax, and since 5.17 its mode.",
        failsWith: [.EINVAL])
    case .findInstance:
      Note(
        "Looks for the instance with that tag and takes a reference to it, under virtio_fs_mutex.",
        why:
          "A device whose probe has failed is not there: a window that cannot be mapped costs every mount.",
        failsWith: [.EINVAL])
    case .allocateConnection:
      Note("Allocates the FUSE connection, which has the reference from here on.", failsWith: [.ENOMEM])
    case .getSuper:
      Note(
        "sget_fc(): a new superblock, or the one that the instance has.",
        why: "A second mount shares the first one's DAX mode, whatever it asks for.")
    case .fillSuper: Note("Fills the new superblock in.", calls: [.virtioFsFillSuper])
    case .checkFill: Note("On an error gives the superblock up.")
    case .returnRoot: Note("Returns the root of the tree: it is mounted.")
    case .killSuper: Note("deactivate_locked_super(): the superblock goes.", calls: [.virtioKillSb])
    case .returnError: Note("Returns the error.")
    case .dropConnection:
      Note(
        "Frees the connection and with it the reference to the instance, under virtio_fs_mutex; returns.",
        why: "A connection that could not be had, or is not needed since the superblock is shared.")
    }
  }
}
