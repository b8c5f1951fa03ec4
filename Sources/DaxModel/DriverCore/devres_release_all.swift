/// `devres_release_all()`: gives back every managed resource of a device, newest first.
public struct DevresReleaseAll: KernelFunction {
  public enum Line: String, KernelLine { case takeList, releaseNewest, returnCount }

  public static let id = FunctionID.devresReleaseAll
  public var frame: Frame { .devresReleaseAll(Activation(self)) }

  let device: DeviceID
  /// The nodes still to be released, newest first.
  var pending: [DevresNode] = []
  var count = 0

  init(device: DeviceID) { self.device = device }

  public static func lines(in release: KernelRelease) -> [Line] { [.takeList, .releaseNewest, .returnCount] }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .takeList:
      pending = kernel.devices[device].devres.takeAll()
      return pending.isEmpty ? .jump(.returnCount) : .next
    case .releaseNewest:
      guard let node = pending.first else { return .next }
      pending.removeFirst()
      count += 1
      return try release(node.content, in: &kernel)
    case .returnCount:
      return .done(.int(Int64(count)))
    }
  }

  private func release(_ content: DevresNode.Content, in kernel: inout Kernel) throws(Oops) -> Flow<Line> {
    switch content {
    case .memory(let block):
      try kernel.free(block)
    case .region(let range):
      kernel.ran(.devmRegionRelease)
      kernel.ran(.releaseRegion)
      if !kernel.iomem.release(range) { kernel.warn("trying to free a region nobody has: \(range)") }
    case .memremap(let pagemap):
      kernel.ran(.devmActionRelease)
      return .call(DevmMemremapPagesRelease(pagemap: pagemap), then: .releaseNewest)
    case .action(let action):
      kernel.ran(.devmActionRelease)
      return .callThen(action.frame(device: device), .releaseNewest)
    case .groupOpen, .groupClose:
      break
    }
    return .jump(.releaseNewest)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("device", .number(UInt64(device)))
    visitor.field("cnt", .number(UInt64(count)))
    visitor.list("pending", pending)
  }
}

extension DeviceAction {
  /// The action as a frame to be called.
  func frame(device: DeviceID) -> Frame {
    switch self {
    case .percpuExit(let pagemap): VirtioFsPercpuExit(pagemap: pagemap).frame
    case .cleanupDax(let daxDevice): VirtioFsCleanupDax(.daxDevice(daxDevice)).frame
    case .cleanupDaxOf(let fs): VirtioFsCleanupDax(.filesystem(fs)).frame
    }
  }
}

extension DevresReleaseAll.Line {
  public var note: Note {
    switch self {
    case .takeList:
      Note(
        "Takes the whole list off the device, under its lock.",
        why: "What is released may sleep, so it happens without the lock.")
    case .releaseNewest:
      Note(
        "Releases the newest resource that is left, and comes back until none is.",
        why:
          "Last in, first out: whatever was set up later may rest on what was set up before. An action that "
          + "sleeps for ever blocks here for ever; there is no timeout.",
        calls: [.virtioFsCleanupDax, .devmMemremapPagesRelease, .virtioFsPercpuExit])
    case .returnCount: Note("Returns how many were released.")
    }
  }
}
