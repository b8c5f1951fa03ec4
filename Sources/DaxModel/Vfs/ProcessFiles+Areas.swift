/// A part of a mapping, counted from where the mapping began: what `munmap` and `mprotect` may be about.
public struct MapPiece: Hashable, Sendable {
  /// A multiple of the page size.
  public var offset: UInt64
  /// Whole pages count.
  public var length: UInt64

  public init(offset: UInt64, length: UInt64) { (self.offset, self.length) = (offset, length) }

  /// The whole pages of it; nil if there are none below 2^64.
  var pages: Range<UInt64>? {
    let (end, overflow) = offset.addingReportingOverflow(length)
    let (up, carries) = end.addingReportingOverflow(pageSize - 1)
    if overflow || carries { return nil }
    let last = up & ~(pageSize - 1)
    return last > offset ? offset..<last : nil
  }
}

// What is left of a mapping may be several areas: `munmap` and `mprotect` of a part split them. All of them have the
// number that `mmap` gave, and offsets count from where the mapping began.

extension ProcessFiles.Mapping {
  /// Offsets of the mapping that it holds.
  var range: Range<UInt64> { lead..<lead + length }
}

extension ProcessFiles {
  /// Where a mapping began, in the address space and in the file; nil if nothing of it is left.
  public func start(of number: MappingID) -> (address: UInt64, offset: UInt64)? {
    guard let area = mappings.lazy.compactMap({ $0 }).first(where: { $0.number == number }) else { return nil }
    return (area.address - area.lead, area.offset - area.lead)
  }

  /// The area of a mapping at an offset of it, by its place in ``mappings`` from 1; nil if nothing is there.
  func area(of number: MappingID, at offset: UInt64) -> MappingID? {
    if let first = mapping(number), first.number == number, first.range.contains(offset) { return number }
    return mappings.firstIndex { $0.map { $0.number == number && $0.range.contains(offset) } ?? false }
      .map { $0 + 1 }
  }

  /// The areas of a mapping that overlap a part of it, or all, in the order of their addresses.
  func areas(of number: MappingID, in range: Range<UInt64>? = nil) -> [MappingID] {
    let found = mappings.indices.filter { index in
      guard let area = mappings[index], area.number == number else { return false }
      return range.map { area.range.overlaps($0) } ?? true
    }
    return found.sorted { (mappings[$0]?.lead ?? 0) < (mappings[$1]?.lead ?? 0) }.map { $0 + 1 }
  }

  /// `split_vma()`: a mapping is two areas from an offset on, if it is one there.
  ///
  /// An entry for 2 MiB that would lie in both goes: what it mapped faults again.
  mutating func split(_ number: MappingID, at offset: UInt64) {
    guard let slot = area(of: number, at: offset), var head = mapping(slot), head.lead < offset else { return }
    let kept = offset - head.lead
    let cut = head.offset + kept
    head.remove(cut, 0)
    var tail = head
    head.length = kept
    head.entries.removeAll { $0.offset >= cut }
    head.copies.remove(cut..<UInt64.max)
    (tail.address, tail.offset, tail.length, tail.lead) = (
      tail.address + kept, cut, tail.length - kept, offset
    )
    tail.entries.removeAll { $0.offset < cut }
    tail.copies.remove(0..<cut)
    mappings[slot - 1] = head
    tail.slot = mappings.count + 1
    mappings.append(tail)
  }

  /// `vma_merge()`: areas of a mapping that lie side by side and allow the same are one.
  mutating func merge(_ number: MappingID) {
    var last: MappingID?
    for slot in areas(of: number) {
      guard let before = last, var head = mapping(before), let tail = mapping(slot),
        head.range.upperBound == tail.lead, (head.canRead, head.canWrite) == (tail.canRead, tail.canWrite)
      else {
        last = slot
        continue
      }
      head.length += tail.length
      head.entries += tail.entries
      for range in tail.copies.ranges { head.copies.insert(range) }
      head.tables.formUnion(tail.tables)
      mappings[before - 1] = head
      mappings[slot - 1] = nil
    }
  }

  /// `do_mprotect_pkey()`: what loads and stores are allowed from now on, in the whole mapping or a part of it.
  ///
  /// What comes before a hole or before an area that must not be stored to is changed all the same.
  mutating func protect(_ number: MappingID, _ piece: MapPiece?, _ protection: Int) -> Errno? {
    let all = areas(of: number)
    guard let first = all.first.flatMap({ mapping($0) }), let last = all.last.flatMap({ mapping($0) }) else {
      return .ENOMEM
    }
    var range = first.lead..<last.range.upperBound
    if let piece {
      if piece.offset % pageSize != 0 { return .EINVAL }
      if piece.length == 0 { return nil }
      guard let pages = piece.pages else { return .ENOMEM }
      range = pages
    }
    if protection & ~0xf != 0 { return .EINVAL }
    defer { merge(number) }
    var offset = range.lowerBound
    while offset < range.upperBound {
      split(number, at: offset)
      guard let slot = area(of: number, at: offset), let area = mapping(slot) else { return .ENOMEM }
      if protection & 2 != 0, !area.isPrivate, !area.file.flags.canWrite { return .EACCES }
      let end = min(range.upperBound, area.range.upperBound)
      split(number, at: end)
      mappings[slot - 1]?.canRead = protection & 1 != 0
      mappings[slot - 1]?.canWrite = protection & 2 != 0
      offset = end
    }
    return nil
  }
}
