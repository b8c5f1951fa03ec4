/// `memremap_pages()`: struct pages for a range of device memory.
public struct MemremapPages: KernelFunction {
  public enum Line: String, KernelLine {
    case checkType, checkTeardown, initReference, mapRange, checkRange, unmapRanges, returnError
  }

  public static let id = FunctionID.memremapPages
  public var frame: Frame { .memremapPages(Activation(self)) }

  let pagemap: Handle<DevPagemap>
  var error: Errno?

  init(pagemap: Handle<DevPagemap>) { self.pagemap = pagemap }

  public static func lines(in release: KernelRelease) -> [Line] {
    if release.has(.roundsToSections) || !release.has(.zoneDevice) { return [] }
    return [.checkType] + (release.has(.refusesMissingTeardown) ? [.checkTeardown] : [])
      + [.initReference, .mapRange, .checkRange, .unmapRanges, .returnError]
  }

  public mutating func run(
    _ line: Line, in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Flow<Line> {
    switch line {
    case .checkType:
      guard kernel.fails(.check) == nil, try kernel.pagemaps.read(pagemap, at: kernel.here).range != nil
      else {
        kernel.warn("File system DAX not supported")
        return .fail(.EINVAL)
      }
      return .next
    case .checkTeardown:
      guard kernel.fails(.check) == nil,
        try !kernel.pagemaps.read(pagemap, at: kernel.here).isReferenceOfDriver
      else {
        kernel.warn("Missing reference count teardown definition")
        return .fail(.EINVAL)
      }
      return .next
    case .initReference:
      var map = try kernel.pagemaps.read(pagemap, at: kernel.here)
      map.completion.initialise()
      if let errno = kernel.fails(.percpuRefInit) { return .fail(errno) }
      map.ref.initialise()
      try kernel.pagemaps.write(pagemap, map, at: kernel.here)
      return .next
    case .mapRange:
      return .call(PagemapRange(pagemap: pagemap))
    case .checkRange:
      if let errno = returned.errno {
        error = errno
        return .next
      }
      let range = try kernel.pagemaps.read(pagemap, at: kernel.here).range
      return .done(range.map { .address(kernel.architecture.kernelAddress(of: $0.start)) } ?? .error(.EINVAL))
    case .unmapRanges:
      return .call(MemunmapPages(pagemap: pagemap))
    case .returnError:
      return .fail(error ?? .EINVAL)
    }
  }

  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    visitor.field("pgmap", pagemap)
    visitor.field("error", error.map { .text("\($0)") } ?? .none)
  }
}

extension MemremapPages.Line {
  public var note: Note {
    switch self {
    case .checkType:
      Note(
        "Checks the number of ranges and whether this kind of memory may have struct pages.",
        why: "File system DAX is refused where the architecture cannot do it.", failsWith: [.EINVAL])
    case .checkTeardown:
      Note(
        "Refuses a reference count of the driver's without callbacks that kill it and wait for it.",
        why: "virtio-fs gives no count any more. The reviewed patch had no callback that waits.",
        failsWith: [.EINVAL])
    case .initReference:
      Note("Prepares the completion and the reference count, which starts at 1.", failsWith: [.ENOMEM])
    case .mapRange: Note("Maps the one range.", calls: [.pagemapRange])
    case .checkRange: Note("On success returns the linear map's address of the first byte.")
    case .unmapRanges:
      Note(
        "Undoes what was mapped; also kills the reference count and waits for it.",
        why: "Since 5.10 the pagemap owns its reference, so no error path can leave a waiter behind.",
        calls: [.memunmapPages])
    case .returnError: Note("Returns the error as a pointer.")
    }
  }
}
