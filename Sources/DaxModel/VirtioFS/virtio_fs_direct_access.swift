/// `virtio_fs_direct_access()`: maps a page offset of the window to a kernel address and a page frame.
public struct VirtioFsDirectAccess: KernelFunction {
  public enum Line: String, KernelLine {
    case findInstance, computeBounds, setAddress, setFrame, setUnshiftedFrame, clampCount
  }

  public static let id = FunctionID.virtioFsDirectAccess
  public var frame: Frame { .virtioFsDirectAccess(Activation(self)) }

  let daxDevice: Handle<DaxDevice>?
  let offset: PageOffset
  let pages: Int64
  let outputs: AccessOutputs
  var fs: Handle<VirtioFs>?
  /// `max_nr_pages`, a size_t.
  var maximum = PageCount(0)
  var access = DirectAccess(pages: 0)

  init(daxDevice: Handle<DaxDevice>?, offset: PageOffset, pages: Int64, outputs: AccessOutputs = .both) {
    self.daxDevice = daxDevice
    self.offset = offset
    self.pages = pages
    self.outputs = outputs
  }

  public static func lines(in release: KernelRelease) -> [Line] {
    release.has(.pfnIsAddress)
      ? [.findInstance, .computeBounds, .setAddress, .setUnshiftedFrame, .clampCount]
      : [.findInstance, .computeBounds, .setAddress, .setFrame, .clampCount]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .findInstance:
      let device = try kernel.followDaxDevice(daxDevice)
      fs = device.flags.contains(.alive) ? device.driverData : nil
      return .next
    case .computeBounds:
      maximum = try instance(in: kernel).pagesLeft(from: offset)
      return .next
    case .setAddress:
      if outputs.contains(.address) {
        access.address = try instance(in: kernel).windowAddress(at: offset)
      }
      return .next
    case .setFrame:
      if outputs.contains(.frame) {
        access.frame = try instance(in: kernel).windowFrame(at: offset)
        if kernel.release.has(.pfnCarriesFlags) { access.flags = [.device, .map] }
      }
      return .next
    case .setUnshiftedFrame:
      if outputs.contains(.frame) { access.frame = try instance(in: kernel).unshiftedFrame(at: offset) }
      return .next
    case .clampCount:
      access.pages = VirtioFs.clamp(pages, to: maximum)
      return .done(.access(access))
    }
  }

  private func instance(in kernel: Kernel) throws(Oops) -> VirtioFs {
    guard let fs else {
      throw Oops(
        kind: .nullDereference, site: kernel.here, address: KernelAddress(0x60),
        message:
          "dax_get_private() answered NULL, since the DAX device is not alive, and nobody has checked it.")
    }
    return try kernel.filesystems.read(fs, at: kernel.here)
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("pgoff", offset)
    visitor.field("nr_pages", .signed(pages))
    visitor.field("outputs", .number(UInt64(outputs.rawValue)))
    visitor.field("fs", fs)
    visitor.field("offset", .hex(offset.bytes.rawValue))
    visitor.field("max_nr_pages", .number(maximum.rawValue))
    visitor.field("kaddr", access.address)
    visitor.field("pfn", access.frame)
  }
}

extension VirtioFsDirectAccess.Line {
  public var note: Note {
    switch self {
    case .findInstance: Note("dax_get_private(): the instance, or NULL if the DAX device is not alive.")
    case .computeBounds:
      Note(
        "max_nr_pages = window_len / PAGE_SIZE - pgoff, unsigned.",
        why:
          "Nothing checks pgoff. At the exact end this is 0; one page further it wraps to almost 2^64, and the "
          + "call succeeds with an address behind the window.")
    case .setAddress:
      Note(
        "Hands out window_kaddr + offset, if the caller wants it.",
        why: "The reviewer's remark (2): whoever gets this pointer will follow it as if it were memory.")
    case .setFrame:
      Note(
        "Hands out the page frame, if the caller wants it.",
        why: "Up to 6.14 with the flags DEV and MAP: a device's frame, but one with a struct page.")
    case .setUnshiftedFrame:
      Note(
        "Hands out the physical address for a page frame, if the caller wants one: the shift is missing.",
        why:
          "6.17 made pfn_t a plain number and lost the shift on the way, up to rc5. Who asks for the address alone "
          + "does not notice, as read() and write() do not; a page fault takes the number for a frame and oopses."
      )
    case .clampCount:
      Note("Answers no more pages than there are.", why: "A negative count is huge in this comparison.")
    }
  }
}
