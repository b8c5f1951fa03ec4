/// `virtio_fs_fill_super()`: decides about DAX and begins the FUSE session.
///
/// In the reviewed patch a mount begins here, with the options and the tag.
public struct VirtioFsFillSuper: KernelFunction {
  public enum Line: String, KernelLine {
    // patch-v2
    case parseOptions, findInstance, checkBusy
    // since 5.10
    case lockInstances, checkPresence, unlockInstances
    case allocateDevices, chooseDax, fillCommon, allocateRanges, checkRanges, makeRoot, sendInit,
      freeDevices, returnSuccess
  }

  public static let id = FunctionID.virtioFsFillSuper
  public var frame: Frame { .virtioFsFillSuper(Activation(self)) }

  let tag: String
  let option: DaxOption
  var mode: DaxMode
  /// Nil in the reviewed patch until the superblock is filled in.
  var superblock: Handle<Superblock>?
  var fs: Handle<VirtioFs>?
  /// `ctx->dax_dev`.
  var daxDevice: Handle<DaxDevice>?
  var error: Errno?
  var connection: Handle<FuseConnection>?

  init(tag: String, option: DaxOption, mode: DaxMode = .never, superblock: Handle<Superblock>? = nil) {
    self.tag = tag
    self.option = option
    self.mode = mode
    self.superblock = superblock
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.fsIsDeviceManaged)
      ? [
        .parseOptions, .findInstance, .checkBusy, .allocateDevices, .chooseDax, .fillCommon, .allocateRanges,
        .checkRanges, .makeRoot, .sendInit, .returnSuccess, .freeDevices,
      ]
      : [
        .lockInstances, .checkPresence, .allocateDevices, .chooseDax, .fillCommon, .allocateRanges,
        .checkRanges, .makeRoot, .sendInit, .returnSuccess, .freeDevices, .unlockInstances,
      ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .parseOptions:
      guard let wanted = option.mode(in: kernel.release), kernel.fails(.check) == nil else {
        return .fail(.EINVAL)
      }
      mode = wanted
      return .next
    case .findInstance:
      if kernel.mustWait(for: .instances) { return .wait(.lock(.instances)) }
      fs = try kernel.findInstance(tag: tag)
      return fs == nil || kernel.fails(.check) != nil ? .fail(.ENOENT) : .next
    case .checkBusy:
      guard let fs, kernel.superblock(of: fs) == nil, kernel.fails(.check) == nil else {
        kernel.log(.error, "", "virtio-fs: device already in use")
        return .fail(.EBUSY)
      }
      return .next
    case .lockInstances:
      return kernel.lock(.instances)
    case .checkPresence:
      if let superblock { fs = try kernel.superblocks.read(superblock, at: kernel.here).fs }
      if let fs, kernel.instances.contains(fs), kernel.fails(.check) == nil { return .next }
      kernel.logTagNotFound(tag)
      return leave(.EINVAL, kernel.release)
    case .allocateDevices:
      return kernel.fails(.kzalloc) == nil ? .next : leave(.ENOMEM, kernel.release)
    case .chooseDax:
      return try chooseDax(in: &kernel)
    case .fillCommon:
      try fill(in: &kernel)
      return .next
    case .allocateRanges:
      guard let connection else { return .next }
      return .call(FuseDaxConnAlloc(connection, daxDevice: daxDevice))
    case .checkRanges:
      guard let errno = returned.errno else { return .next }
      error = errno
      if let superblock, kernel.release.has(.fsIsDeviceManaged) {
        try kernel.superblocks.free(superblock, at: kernel.here)
      }
      return .jump(.freeDevices)
    case .makeRoot:
      try makeRoot(in: &kernel)
      return .next
    case .sendInit:
      guard let connection else { return .next }
      return .call(FuseSendInit(connection))
    case .returnSuccess:
      if let superblock { try activate(superblock, in: &kernel) }
      return leave(nil, kernel.release)
    case .freeDevices:
      try freeConnection(in: &kernel)
      return leave(error ?? .EINVAL, kernel.release)
    case .unlockInstances:
      kernel.unlock(.instances)
      return .done(error.map { .error($0) } ?? .success)
    }
  }

  /// Returns, since 5.10 by way of the line that drops the mutex.
  private mutating func leave(_ errno: Errno?, _ release: KernelRelease) -> Flow<Line> {
    error = errno
    if !release.has(.fsIsDeviceManaged) { return .jump(.unlockInstances) }
    return .done(errno.map { .error($0) } ?? .success)
  }

  private mutating func chooseDax(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    guard let fs, mode != .never else { return .next }
    daxDevice = try kernel.filesystems.read(fs, at: kernel.here).daxDevice
    if daxDevice != nil { return .next }
    if mode == .always, kernel.release.has(.refusesDaxWithoutDevice) {
      kernel.log(.error, "", "virtio-fs: dax can't be enabled as filesystem device does not support it.")
      return .jump(.freeDevices)
    }
    mode = .never
    return .next
  }

  private mutating func fill(in kernel: inout Kernel) throws(Oops) {
    guard let fs else { return }
    let device = kernel.filesystems.peek(fs)?.device ?? 0
    let handle = superblock ?? kernel.superblocks.allocate(Superblock(tag: tag, fs: fs), for: device)
    superblock = handle
    var fresh = FuseConnection(device: device, fs: fs, mode: mode)
    // FUSE_HEADER_OVERHEAD: four entries go to the headers.
    fresh.maxPages = max(kernel.servers[device].configuration.queueSize, 5) - 4
    let session = kernel.connections.allocate(fresh, for: device)
    connection = session
    var filled = try kernel.superblocks.read(handle, at: kernel.here)
    filled.mode = mode
    filled.daxDevice = daxDevice
    filled.connection = session
    try kernel.superblocks.write(handle, filled, at: kernel.here)
  }

  private func makeRoot(in kernel: inout Kernel) throws(Oops) {
    guard let connection else { return }
    let device = try kernel.connections.read(connection, at: kernel.here).device
    let root = FuseInode.root(of: connection)
    let handle = kernel.inodes.allocate(root, for: device)
    try kernel.changeConnection(connection) { $0.root = handle }
  }

  private mutating func freeConnection(in kernel: inout Kernel) throws(Oops) {
    guard let connection else { return }
    try kernel.connections.free(connection, at: kernel.here)
    self.connection = nil
    guard let superblock, var object = kernel.superblocks.peek(superblock) else { return }
    object.connection = nil
    try kernel.superblocks.write(superblock, object, at: kernel.here)
  }

  private func activate(_ handle: Handle<Superblock>, in kernel: inout Kernel) throws(Oops) {
    var filled = try kernel.superblocks.read(handle, at: kernel.here)
    filled.isActive = true
    try kernel.superblocks.write(handle, filled, at: kernel.here)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("tag", .text(tag))
    visitor.field("dax_mode", .text(mode.rawValue))
    visitor.field("sb", superblock)
    visitor.field("fs", fs)
    visitor.field("dax_dev", daxDevice)
    visitor.field("fc", connection)
    visitor.field("err", error.map { .text("\($0)") } ?? .none)
  }
}

extension VirtioFsFillSuper.Line {
  public var note: Note {
    switch self {
    case .parseOptions: Note("Reads the options: the tag, and dax as a flag.", failsWith: [.EINVAL])
    case .findInstance:
      Note(
        "Looks for the instance with that tag, under virtio_fs_mutex.",
        why: "Nobody counts this pointer: the instance is devres memory and goes with the device.",
        failsWith: [.ENOENT])
    case .checkBusy: Note("Refuses a device that is mounted already.", failsWith: [.EBUSY])
    case .lockInstances:
      Note(
        "Takes virtio_fs_mutex.",
        why: "Until it is dropped no device can be removed, so that what is found here stays.")
    case .checkPresence:
      Note(
        "Makes sure that the driver has not left meanwhile.",
        why: "The reference keeps the instance, not the device.", failsWith: [.EINVAL])
    case .allocateDevices: Note("Allocates a FUSE device for every queue.", failsWith: [.ENOMEM])
    case .chooseDax:
      Note(
        "Takes the DAX device of the instance, if DAX is wanted.",
        why:
          "Without a window dax and dax=always are refused with -EINVAL since 5.12; before, and in the other modes, the "
          + "file system silently goes on without.")
    case .fillCommon:
      Note("fuse_fill_super_common(): makes the connection and fills the superblock in.")
    case .allocateRanges:
      Note("With a DAX device divides the window into ranges.", calls: [.fuseDaxConnAlloc])
    case .checkRanges:
      Note("An error fails the mount: a window that cannot be asked for its length, no memory.")
    case .makeRoot:
      Note(
        "fuse_get_root_inode(): the inode of the root directory.",
        why: "Its attributes count as unknown: the first who needs them asks the server.")
    case .sendInit: Note("Begins the session with the server.", calls: [.fuseSendInit])
    case .returnSuccess: Note("The superblock is active.")
    case .freeDevices: Note("Frees the FUSE devices; there is an error to return.")
    case .unlockInstances: Note("Drops the mutex and returns.")
    }
  }
}
