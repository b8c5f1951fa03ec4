/// Why an access to the window dies on the host: the process that serves the device gets SIGBUS or SIGSEGV, and the
/// machine with it.
public struct WindowFault: Hashable, Sendable {
  /// What may be wrong.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Nothing is mapped there.
    case unmapped
    /// A store, and the mapping allows loads only.
    case readOnly = "read-only"
    /// The file ends before the page: SIGBUS.
    case beyondFile = "beyond-file"
    /// The window ends before.
    case beyondWindow = "beyond-window"
  }

  /// What was wrong.
  public var kind: Kind
  /// Where in the window: the first byte that could not be accessed.
  public var offset: WindowOffset
  /// The file that is mapped there, if one is.
  public var inode: InodeNumber?

  /// One sentence.
  public var message: String {
    switch kind {
    case .unmapped: "nothing is mapped at window offset \(offset)"
    case .readOnly: "the mapping at window offset \(offset) is read-only"
    case .beyondFile: "the file mapped at window offset \(offset) ends before that page"
    case .beyondWindow: "window offset \(offset) is beyond the window"
    }
  }
}

/// How an access to the window ended.
public struct WindowTransfer: Hashable, Sendable {
  /// Bytes that were moved before it ended.
  public var moved: ByteCount
  /// What ended it, if not all bytes were moved.
  public var fault: WindowFault?

  init(moved: Int, fault: WindowFault? = nil) { (self.moved, self.fault) = (ByteCount(UInt64(moved)), fault) }
}

extension HostFileSystem {
  /// Loads bytes through the window, mapping by mapping, at the speed of memcpy.
  func read(
    _ target: UnsafeMutableRawBufferPointer, through window: WindowMap, at offset: WindowOffset,
    strayZeros: Bool = false
  ) -> WindowTransfer {
    var done = 0
    while done < target.count {
      guard let at = HostFileSystem.place(offset, done, in: window) else {
        let end = WindowOffset(offset.rawValue &+ UInt64(done))
        return WindowTransfer(moved: done, fault: WindowFault(kind: .beyondWindow, offset: end))
      }
      guard let piece = window.lookup(at) else {
        if !strayZeros {
          return WindowTransfer(moved: done, fault: WindowFault(kind: .unmapped, offset: at))
        }
        // Up to the next mapping, or to the end of the window.
        let end = window.mappings.first { $0.windowOffset > at }?.windowOffset.rawValue
        let count = Int(min(UInt64(target.count - done), (end ?? window.length.rawValue) - at.rawValue))
        _ = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
          .initializeMemory(as: UInt8.self, repeating: 0)
        done += count
        continue
      }
      let wanted = Int(min(UInt64(target.count - done), piece.length.rawValue))
      let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + wanted])
      let count = readMapped(piece.inode, at: piece.fileOffset, into: part)
      done += count
      if count < wanted { return HostFileSystem.beyondFile(offset, done, piece) }
    }
    return WindowTransfer(moved: done)
  }

  /// Stores bytes through the window, mapping by mapping, at the speed of memcpy.
  mutating func write(
    _ source: UnsafeRawBufferPointer, through window: WindowMap, at offset: WindowOffset
  ) -> WindowTransfer {
    var done = 0
    while done < source.count {
      guard let at = HostFileSystem.place(offset, done, in: window) else {
        let end = WindowOffset(offset.rawValue &+ UInt64(done))
        return WindowTransfer(moved: done, fault: WindowFault(kind: .beyondWindow, offset: end))
      }
      guard let piece = window.lookup(at) else {
        return WindowTransfer(moved: done, fault: WindowFault(kind: .unmapped, offset: at))
      }
      if !piece.isWritable {
        let fault = WindowFault(kind: .readOnly, offset: at, inode: piece.inode)
        return WindowTransfer(moved: done, fault: fault)
      }
      let wanted = Int(min(UInt64(source.count - done), piece.length.rawValue))
      let part = UnsafeRawBufferPointer(rebasing: source[done..<done + wanted])
      let count = writeMapped(part, to: piece.inode, at: piece.fileOffset)
      done += count
      if count < wanted { return HostFileSystem.beyondFile(offset, done, piece) }
    }
    return WindowTransfer(moved: done)
  }

  /// An offset within the window; nil beyond its end.
  private static func place(_ offset: WindowOffset, _ done: Int, in window: WindowMap) -> WindowOffset? {
    let (at, overflow) = offset.rawValue.addingReportingOverflow(UInt64(done))
    return overflow || at >= window.length.rawValue ? nil : WindowOffset(at)
  }

  private static func beyondFile(
    _ offset: WindowOffset, _ done: Int, _ piece: WindowMapping
  ) -> WindowTransfer {
    let at = WindowOffset(offset.rawValue &+ UInt64(done))
    return WindowTransfer(moved: done, fault: WindowFault(kind: .beyondFile, offset: at, inode: piece.inode))
  }
}
