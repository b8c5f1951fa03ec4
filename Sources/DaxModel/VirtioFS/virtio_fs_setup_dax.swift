/// `virtio_fs_setup_dax()`: find the cache window, give it pages, publish a DAX device.
///
/// The patch that the review is about. Its lines differ most between releases: see `lines(in:)`.
public struct VirtioFsSetupDax: KernelFunction {
  public enum Line: String, KernelLine {
    case allocateDaxDevice, checkDaxDevice
    case testOldLength, findCacheRegion, checkRegion, requestRegion, checkRequest
    case allocateInfo, initReference, registerExit, allocatePageMap, describePageMap, remapPages, recordWindow
    case takeDaxDevice, registerCleanup
    case cleanupNow, returnError, killDax, putDax
  }

  public static let id = FunctionID.virtioFsSetupDax
  public var frame: Frame { .virtioFsSetupDax(Activation(self)) }

  let device: DeviceID
  let fs: Handle<VirtioFs>
  var region: SharedMemoryRegion?
  var pagemap: Handle<DevPagemap>?
  /// The DAX device until `fs` owns it.
  var daxDevice: Handle<DaxDevice>?
  var result = Value.success

  init(device: DeviceID, fs: Handle<VirtioFs>) {
    self.device = device
    self.fs = fs
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    if release.has(.driverOwnsReference) {
      return [.findCacheRegion, .checkRegion, .allocateInfo, .initReference]
        + (release.has(.waitRegisteredBeforeRemap)
          ? [.registerExit, .describePageMap, .remapPages] : [.describePageMap, .remapPages, .registerExit])
        + [.recordWindow, .allocateDaxDevice, .registerCleanup, .cleanupNow, .returnError]
    }
    if release.has(.allocatesDaxDeviceFirst) {
      return [.allocateDaxDevice, .checkDaxDevice]
        + (release.has(.asksLengthTooEarly) ? [.testOldLength] : []) + [
          .findCacheRegion, .checkRegion, .requestRegion, .checkRequest,
          .allocatePageMap, .describePageMap, .remapPages, .recordWindow, .takeDaxDevice, .registerCleanup,
          .cleanupNow, .killDax, .putDax, .returnError,
        ]
    }
    return [
      .findCacheRegion, .checkRegion, .requestRegion, .checkRequest, .allocatePageMap, .describePageMap,
      .remapPages, .recordWindow, .allocateDaxDevice, .registerCleanup, .cleanupNow, .returnError,
    ]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .allocateDaxDevice:
      return .call(AllocDax(driverData: fs))
    case .checkDaxDevice:
      if returned.errno == .EOPNOTSUPP { return .done(.success) }
      if case .daxDevice(let given) = returned { daxDevice = given }
      return returned.errno.map { .fail($0) } ?? .next
    case .testOldLength:
      return kernel.stackHoldsGarbage ? .next : .jump(.checkRegion)
    case .findCacheRegion:
      return findCacheRegion(in: kernel)
    case .checkRegion:
      if case .region(let given) = returned { region = given }
      return checkRegion(in: &kernel)
    case .requestRegion:
      guard let region else { return leave(.error(.EINVAL), kernel.release) }
      return .call(DevmRequestRegion(device: device, range: region.range))
    case .checkRequest:
      return checkRequest(returned, in: &kernel)
    case .allocateInfo, .allocatePageMap:
      return allocatePageMap(in: &kernel)
    case .initReference:
      return try initReference(in: &kernel)
    case .registerExit:
      return try registerExit(in: &kernel)
    case .describePageMap:
      return try describePageMap(in: &kernel)
    case .remapPages:
      guard let pagemap else { return leave(.error(.ENOMEM), kernel.release) }
      return .call(DevmMemremapPages(device: device, pagemap: pagemap))
    case .recordWindow:
      return try recordWindow(returned, in: &kernel)
    case .takeDaxDevice:
      try setDaxDevice(daxDevice, in: &kernel)
      return .next
    case .registerCleanup:
      return try registerCleanup(returned, in: &kernel)
    case .cleanupNow:
      return .callThen(cleanupAction(in: kernel.release).frame(device: device), .returnError)
    case .killDax:
      return .call(KillDax(daxDevice: daxDevice))
    case .putDax:
      return .call(PutDax(daxDevice: daxDevice), then: .returnError)
    case .returnError:
      return .done(result)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("vdev", .number(UInt64(device)))
    visitor.field("fs", fs)
    visitor.field("cache_reg.addr", region?.address)
    visitor.field("cache_reg.len", region?.length)
    visitor.field("pgmap", pagemap)
    visitor.field("dax_dev", daxDevice)
    visitor.field("ret", .text("\(result)"))
  }
}

// MARK: The lines, in the order of the merged code

extension VirtioFsSetupDax {
  /// Region 0 is the cache window. A transport without the operation has no regions.
  private func findCacheRegion(in kernel: Kernel) -> Flow<Line> {
    switch kernel.devices[device].transport {
    case .pci: .call(VpGetShmRegion(device: device, shmid: 0))
    case .mmio: .call(VmGetShmRegion(device: device, shmid: 0))
    case .ccw: .jump(.checkRegion)
    }
  }

  private mutating func checkRegion(in kernel: inout Kernel) -> Flow<Line> {
    if let region {
      if !kernel.release.has(.requestsRegion) { announce(region, in: &kernel) }
      return .next
    }
    let isFatal = kernel.release.has(.missingRegionIsFatal)
    kernel.log(isFatal ? .error : .notice, device, "virtio_fs_setup_dax: No cache capability")
    return isFatal ? .fail(.ENXIO) : leave(.success, kernel.release)
  }

  private mutating func checkRequest(_ returned: Value, in kernel: inout Kernel) -> Flow<Line> {
    guard let region else { return leave(.error(.EINVAL), kernel.release) }
    if returned.errno != nil {
      kernel.log(
        .warning, device, "could not reserve region addr=\(region.address) len=\(region.length)")
      return leave(.error(.EBUSY), kernel.release)
    }
    announce(region, in: &kernel)
    return .next
  }

  private func announce(_ region: SharedMemoryRegion, in kernel: inout Kernel) {
    kernel.log(.notice, device, "Cache len: \(region.length) @ \(region.address)")
  }

  private mutating func allocatePageMap(in kernel: inout Kernel) -> Flow<Line> {
    let isReferenceOfDriver = kernel.release.has(.driverOwnsReference)
    let device = device
    let made = kernel.devmKzalloc(device) { kernel in
      let handle = kernel.pagemaps.allocate(DevPagemap(isReferenceOfDriver: isReferenceOfDriver), for: device)
      return (handle, .pagemap(handle))
    }
    guard case .success(let handle) = made else { return leave(.error(.ENOMEM), kernel.release) }
    pagemap = handle
    return .next
  }

  private func initReference(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    guard let pagemap else { return .fail(.ENOMEM) }
    var map = try kernel.pagemaps.read(pagemap, at: kernel.here)
    map.completion.initialise()
    if let errno = kernel.fails(.percpuRefInit) {
      kernel.log(.error, device, "virtio_fs_setup_dax: percpu_ref_init failed (\(errno.returnValue))")
      return .fail(errno)
    }
    map.ref.initialise()
    try kernel.pagemaps.write(pagemap, map, at: kernel.here)
    return .next
  }

  private func registerExit(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    guard let pagemap else { return .fail(.ENOMEM) }
    guard let errno = kernel.devmAddAction(device, .percpuExit(pagemap)) else { return .next }
    try kernel.percpuRefExit(pagemap)
    return .fail(errno)
  }

  private func describePageMap(in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    guard let pagemap, let region else { return .fail(.EINVAL) }
    var map = try kernel.pagemaps.read(pagemap, at: kernel.here)
    map.range = region.range
    if kernel.keepsMemmapInWindow {
      let bytes = region.length.pages.rawValue * MemoryMap.pageStructSize
      map.altmap = Altmap(reserved: PageCount((bytes + pageSize - 1) / pageSize))
    }
    try kernel.pagemaps.write(pagemap, map, at: kernel.here)
    return .next
  }

  /// The reviewer's remark (1): the window's kernel address comes from a PCI region.
  private mutating func recordWindow(_ returned: Value, in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    guard case .address(let address) = returned, let region else {
      return leave(.error(returned.errno ?? .EINVAL), kernel.release)
    }
    var object = try kernel.filesystems.read(fs, at: kernel.here)
    object.windowAddress = address
    object.windowPhysical = region.address
    object.windowLength = region.length
    try kernel.filesystems.write(fs, object, at: kernel.here)
    kernel.log(
      .debug, device,
      "virtio_fs_setup_dax: window kaddr \(address) phys_addr \(region.address) len \(region.length)")
    return .next
  }

  private func setDaxDevice(_ given: Handle<DaxDevice>?, in kernel: inout Kernel) throws(Oops) {
    var object = try kernel.filesystems.read(fs, at: kernel.here)
    object.daxDevice = given
    try kernel.filesystems.write(fs, object, at: kernel.here)
  }

  private mutating func registerCleanup(_ returned: Value, in kernel: inout Kernel) throws(Oops) -> Flow<Line>
  {
    if !kernel.release.has(.allocatesDaxDeviceFirst) {
      guard case .daxDevice(let given?) = returned else { return .fail(returned.errno ?? .ENOMEM) }
      daxDevice = given
      try setDaxDevice(given, in: &kernel)
    }
    if let errno = kernel.devmAddAction(device, cleanupAction(in: kernel.release)) {
      result = .error(errno)
      return .jump(.cleanupNow)
    }
    return .done(.success)
  }

  /// What is registered: the reviewed patch passes `fs`, later code the DAX device itself.
  private func cleanupAction(in release: KernelRelease) -> DeviceAction {
    guard let daxDevice, !release.has(.fsIsDeviceManaged) else { return .cleanupDaxOf(fs) }
    return .cleanupDax(daxDevice)
  }

  /// Returns; where a scope guard holds the DAX device, that is killed and dropped first.
  private mutating func leave(_ value: Value, _ release: KernelRelease) -> Flow<Line> {
    result = value
    return release.has(.allocatesDaxDeviceFirst) ? .jump(.killDax) : .done(value)
  }
}

extension VirtioFsSetupDax.Line {
  public var note: Note {
    switch self {
    case .allocateDaxDevice:
      Note(
        "Allocates the DAX device that file systems will see.",
        why: "Since 6.9 it comes first: where DAX is impossible nothing else needs to be tried.",
        calls: [.allocDax])
    case .checkDaxDevice:
      Note("A kernel that cannot do DAX (-EOPNOTSUPP) goes on without; any other error is returned.")
    case .testOldLength:
      Note(
        "virtio_get_shm_region(): gives up if the length in the caller's struct is 0, before it has asked for one.",
        why:
          "The struct lies on the stack and nobody has set it. Where stacks are zeroed no window is ever found; "
          + "with something else there the test passes, for a region of length 0 too.")
    case .findCacheRegion:
      Note(
        "Asks the transport for shared-memory region 0, the cache window.",
        calls: [.vpGetShmRegion, .vmGetShmRegion])
    case .checkRegion:
      Note(
        "Without a region there is no DAX.",
        why:
          "The reviewed patch refuses the whole device then (-ENXIO); every later release goes on without DAX."
      )
    case .requestRegion:
      Note("Reserves exactly the window in the resource tree.", calls: [.devmRequestRegion])
    case .checkRequest: Note("A window that is taken already costs the whole device: -EBUSY.")
    case .allocateInfo:
      Note("Allocates pagemap, reference count and completion together.", failsWith: [.ENOMEM])
    case .initReference:
      Note(
        "Initialises the completion, then the reference count, which starts at 1.",
        why: "Zeroed memory would be no completion: completing it would be an oops.", failsWith: [.ENOMEM])
    case .registerExit:
      Note(
        "Registers the wait for the reference count.",
        why:
          "It stands before the remap, so it runs after the pages are gone: the race of the final put. A plain "
          + "add: if it fails the driver frees the count itself.",
        failsWith: [.ENOMEM])
    case .allocatePageMap: Note("Allocates the pagemap.", failsWith: [.ENOMEM])
    case .describePageMap: Note("Fills it in: type FS_DAX, the window from its first byte to its last.")
    case .remapPages:
      Note("Gives the window struct pages and a place in the linear map.", calls: [.devmMemremapPages])
    case .recordWindow:
      Note(
        "Stores kernel address, physical address and length of the window.",
        why: "The reviewer's remark (1): window_kaddr comes from a PCI region. On x86-64 that is memory.")
    case .takeDaxDevice: Note("Takes the DAX device out of the scope guard: the instance has it now.")
    case .registerCleanup:
      Note(
        "Registers kill_dax() and put_dax(); if that fails they run at once.",
        why: "It is registered last and so runs first: no new users before the pages go.",
        failsWith: [.ENOMEM])
    case .cleanupNow: Note("Runs the action that could not be registered.", calls: [.virtioFsCleanupDax])
    case .returnError: Note("Returns the result.")
    case .killDax: Note("The scope guard kills the DAX device that nobody has seen yet.", calls: [.killDax])
    case .putDax: Note("And drops it.", calls: [.putDax])
    }
  }
}
