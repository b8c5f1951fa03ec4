import DaxModel

// The window as a picture: each range of 2 MiB with what is in it.

extension Session {
  /// The window: what files are in it if it is mounted with DAX, else which of its pages are in use.
  func windowPicture() -> [String] {
    guard let window = machine.kernel.window(of: device) else {
      return ["\(machine.kernel.devices[device].name) has no window (yet)"]
    }
    let title = "window: \(sizeText(window.length)) at \(window.address), in ranges of 2 MiB"
    if let slots = windowSlots { return slotPicture(slots, title) }
    let range = FuseConnDax.rangeSize
    let count = window.length.rawValue / range
    let cells = (0..<min(count, 4096)).map { index in
      let start = window.address.advanced(by: ByteCount(index * range))
      let section = machine.kernel.memory.devicePages(covering: start.frame)
      let pinned =
        section?.touched.filter { page in
          page.count > (section?.idleCount ?? 0) && page.frame >= start.frame
            && page.frame.rawValue < start.frame.rawValue + 512
        }.count ?? 0
      let label = section == nil ? "no pages" : pinned == 0 ? "idle" : "\(pinned) in use"
      return CellBar.Cell(
        label, tick: index == 0 ? "0" : "\(index * 2)M",
        fill: section == nil ? .empty : pinned == 0 ? .light : .full)
    }
    return [title] + (cells.isEmpty ? ["  smaller than one range"] : CellBar(cells).lines(options))
  }

  /// What a mount with DAX has in its window. Ranges in a row that are alike make one cell.
  func slotPicture(_ slots: [WindowSlot], _ title: String? = nil) -> [String] {
    let free = slots.filter { $0.state == .free }.count
    let head = title ?? "window: \(counted(slots.count, "range")) of 2 MiB"
    var cells = Self.cells(of: slots, joinsPieces: slots.count > 8, options)
    let rest = max(cells.count - 64, 0)
    if rest > 0 { cells.removeLast(rest) }
    var lines = wrapped(head + ", \(free) of \(slots.count) free", indent: 0)
    lines += CellBar(cells).lines(options)
    if rest > 0 { lines.append("and \(rest) cells more: `info ranges` lists the ranges") }
    return lines
  }

  /// One cell a range, or one for ranges in a row: all that are free, and in windows of more than eight ranges pieces
  /// of a file that follow each other.
  private static func cells(
    of slots: [WindowSlot], joinsPieces: Bool, _ options: SessionOptions
  ) -> [CellBar.Cell] {
    var cells: [CellBar.Cell] = []
    var start = 0
    while start < slots.count {
      let first = slots[start].shortened(options)
      var end = start + 1
      while end < slots.count, slots[end].continues(slots[start], by: end - start, joinsPieces) { end += 1 }
      let count = end - start
      var label = first.label
      if count > 1 {
        let times = (options.asciiOnly ? "x" : "×") + String(count)
        if let file = first.file {
          label = "\(file)#\(first.index)-\(first.index + UInt64(count - 1)) \(first.isWritable ? "rw" : "r")"
        }
        label += " " + times
      }
      let fill: CellBar.Fill =
        switch first.state {
        case .free: .empty
        case .busy: first.isWritable ? .full : .light
        case .taken, .reclaiming: .empty
        }
      cells.append(CellBar.Cell(label, tick: start == 0 ? "0" : "\(start * 2)M", fill: fill))
      start = end
    }
    return cells
  }

  /// The picture for after a command, if the user wants one and the command has changed what is in the window.
  func pictureAfterCommand(before: [WindowSlot]?) -> String {
    guard options.picturesWindow, options.format == .text else { return "" }
    let now = windowSlots
    guard now != before else { return "" }
    guard let now else { return "window: not in use\n" }
    return slotPicture(now).map { $0 + "\n" }.joined()
  }
}

extension WindowSlot {
  /// The same with no more of the file's name than has room in a cell.
  fileprivate func shortened(_ options: SessionOptions) -> WindowSlot {
    var copy = self
    copy.file = file.map { fit($0, columns: 16, asciiOnly: options.asciiOnly) }
    return copy
  }

  /// Whether it may stand in one cell with another that lies so many ranges before it.
  fileprivate func continues(_ first: WindowSlot, by distance: Int, _ joinsPieces: Bool) -> Bool {
    guard state == first.state else { return false }
    if state == .free { return true }
    return joinsPieces && state == .busy && file == first.file && isWritable == first.isWritable
      && index == first.index &+ UInt64(distance)
  }
}
