/// `alloc_dax()`: a DAX device for a driver.
public struct AllocDax: KernelFunction {
  public enum Line: String, KernelLine {
    case checkAliasing, checkOperations, allocateMinor, allocateInode, setPrivate
  }

  public static let id = FunctionID.allocDax
  public var frame: Frame { .allocDax(Activation(self)) }

  let driverData: Handle<VirtioFs>
  var inode: Handle<DaxDevice>?

  init(driverData: Handle<VirtioFs>) { self.driverData = driverData }

  public static func lines(in release: KernelRelease) -> [Line] {
    (release.has(.daxIsOptional) ? [.checkAliasing] : [])
      + (release.has(.zeroPageRangeRequired) ? [.checkOperations] : [])
      + [.allocateMinor, .allocateInode, .setPrivate]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkAliasing:
      return kernel.fails(.check) == nil ? .next : .fail(.EOPNOTSUPP)
    case .checkOperations:
      guard kernel.fails(.check) != nil else { return .next }
      kernel.warn("the operations have no zero_page_range")
      return .fail(.EINVAL)
    case .allocateMinor:
      return kernel.fails(.idaAlloc) == nil ? .next : outOfMemory(kernel.release)
    case .allocateInode:
      kernel.ran(.daxAllocInode)
      if kernel.fails(.newInode) != nil { return outOfMemory(kernel.release) }
      let device = try kernel.filesystems.read(driverData, at: kernel.here).device
      inode = kernel.daxDevices.allocate(
        DaxDevice(
          driverData: driverData, flags: .alive, canZeroPages: kernel.release.has(.zeroPageRangeRequired)),
        for: device)
      return .next
    case .setPrivate:
      return .done(.daxDevice(inode))
    }
  }

  private func outOfMemory(_ release: KernelRelease) -> Flow<Line> {
    release.has(.allocDaxReturnsNull) ? .done(.daxDevice(nil)) : .fail(.ENOMEM)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("private", driverData)
    visitor.field("dax_dev", inode)
  }
}

extension AllocDax.Line {
  public var note: Note {
    switch self {
    case .checkAliasing:
      Note(
        "Refuses where the data cache aliases.",
        why: "Never on x86-64 and s390. The driver takes this error as \"no DAX here\" and goes on without.",
        failsWith: [.EOPNOTSUPP])
    case .checkOperations: Note("Refuses operations without zero_page_range.", failsWith: [.EINVAL])
    case .allocateMinor:
      Note(
        "Takes a minor number.", why: "Whatever goes wrong here is reported as out of memory.",
        failsWith: [.ENOMEM])
    case .allocateInode:
      Note(
        "Allocates the inode that the device lives in; the device is ALIVE from here on.",
        failsWith: [.ENOMEM])
    case .setPrivate: Note("Stores the driver's operations and data, and returns the device.")
    }
  }
}
