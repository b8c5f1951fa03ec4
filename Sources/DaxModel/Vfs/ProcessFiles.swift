/// What the one process of the model has open and mapped.
public struct ProcessFiles: Hashable, Sendable {
  /// `struct file`.
  public struct OpenFile: Hashable, Sendable {
    public var inode: Handle<FuseInode>
    public var flags: OpenFlags
    /// The server's handle.
    public var handle: FileHandle
    /// `f_pos` of a directory: where the next names are.
    var directoryOffset: UInt64 = 0

    /// `O_DIRECT`.
    var isDirect: Bool { flags.rawValue & 0o40000 != 0 }
    /// `O_APPEND`.
    var isAppending: Bool { flags.rawValue & 0o2000 != 0 }
    /// `O_DSYNC`, which `O_SYNC` holds too.
    var isSynchronous: Bool { flags.rawValue & 0o4010000 != 0 }
    /// `O_DSYNC` without the rest of `O_SYNC`: the times of the file may come later.
    var syncsDataOnly: Bool { flags.rawValue & 0o4000000 == 0 }
  }

  /// `struct vm_area_struct`: a piece of a file in the process's address space.
  public struct Mapping: Hashable, Sendable {
    /// The open file, which the mapping keeps.
    public var file: OpenFile
    public var inode: Handle<FuseInode> { file.inode }
    /// Where it begins in the address space.
    public var address: UInt64
    /// Where it begins in the file.
    public var offset: UInt64
    public var length: UInt64
    public var canRead: Bool
    public var canWrite: Bool
    /// Whether stores stay with the process.
    public var isPrivate: Bool
    /// The page tables: pages of the file that can be reached without a fault.
    public internal(set) var entries: [PageTableRun] = []
    /// Pages that the process has copies of, in bytes of the file.
    public internal(set) var copies = ByteRanges()
    /// The pieces of 2 MiB of the file for which there is a page table with entries for single pages. Reclaim and
    /// truncation empty such a table and leave it.
    var tables: Set<UInt64> = []
    /// The number that `mmap()` gave: what is left of a mapping may be several areas.
    public internal(set) var number: MappingID = 0
    /// Its place among the areas, from 1.
    var slot: MappingID = 0
    /// How far it begins behind the start of the mapping.
    public internal(set) var lead: UInt64 = 0
  }

  /// Page-table entries in a row: pages of the file, and where in the window they are.
  public struct PageTableRun: Hashable, Sendable {
    /// The first byte in the file.
    public var offset: UInt64
    public var length: UInt64
    /// The first byte in the window; nil for pages of the page cache or of zeros.
    public var windowOffset: UInt64?
    public var isWritable: Bool
    /// Whether one entry of the upper level maps 2 MiB.
    public var isHuge = false

    var end: UInt64 { offset + length }
  }

  /// Open files by descriptor, from 3.
  public internal(set) var files: [OpenFile?] = []
  /// Areas in the order in which they were made, the first of each mapping at its number, from 1; nil once unmapped.
  public internal(set) var mappings: [Mapping?] = []
  /// What open files without DAX remember, in the order of their first use.
  public internal(set) var readaheads: [Readahead] = []

  /// The first descriptor that is given out.
  static let firstDescriptor = 3
  /// Where mappings begin in the address space, and how far they are apart: far enough that even a
  /// window of a terabyte fits, and low enough that a hundred of them stay below the process's buffers.
  static let mappingBase: UInt64 = 0x1000_0000_0000
  static let mappingDistance: UInt64 = 1 << 40

  /// An open file.
  public func file(_ descriptor: FileDescriptor) -> OpenFile? {
    let index = descriptor - ProcessFiles.firstDescriptor
    return files.indices.contains(index) ? files[index] : nil
  }

  /// An area, by its place from 1: the first of a mapping is found by the mapping's number.
  public func mapping(_ id: MappingID) -> Mapping? {
    mappings.indices.contains(id - 1) ? mappings[id - 1] : nil
  }

  /// The area that an address lies in.
  func mapping(at address: UInt64) -> MappingID? {
    mappings.indices.first { index in
      mappings[index].map { address >= $0.address && address - $0.address < $0.length } ?? false
    }.map { $0 + 1 }
  }

  /// `fuse_write_file_get()`: an open file of the inode that can be written to.
  func writer(of inode: Handle<FuseInode>) -> OpenFile? {
    (files + mappings.map { $0?.file }).lazy.compactMap { $0 }.first {
      $0.inode == inode && $0.flags.canWrite
    }
  }

  mutating func install(_ file: OpenFile) -> FileDescriptor {
    let index = files.firstIndex { $0 == nil } ?? files.count
    if index == files.count { files.append(file) } else { files[index] = file }
    return index + ProcessFiles.firstDescriptor
  }

  mutating func close(_ descriptor: FileDescriptor) { files[descriptor - ProcessFiles.firstDescriptor] = nil }

  /// Enters a mapping at the first free place of the address space.
  mutating func map(_ make: (UInt64) -> Mapping) -> MappingID {
    let taken = Set(mappings.compactMap { $0.map { $0.address & ~(ProcessFiles.mappingDistance - 1) } })
    var address = ProcessFiles.mappingBase
    while taken.contains(address) { address &+= ProcessFiles.mappingDistance }
    var mapping = make(address)
    (mapping.number, mapping.slot) = (mappings.count + 1, mappings.count + 1)
    mappings.append(mapping)
    return mapping.number
  }
}

extension ProcessFiles.Mapping {
  /// The entry that maps a byte of the file.
  func entry(at offset: UInt64) -> ProcessFiles.PageTableRun? {
    entries.first { offset >= $0.offset && offset < $0.end }
  }

  /// Enters pages, over what was there.
  mutating func enter(_ run: ProcessFiles.PageTableRun) {
    remove(run.offset, run.length)
    if !run.isHuge { tables.insert(run.offset / FuseConnDax.rangeSize) }
    entries.insert(run, at: entries.firstIndex { $0.offset > run.offset } ?? entries.count)
  }

  /// Puts a private copy in the place of whatever was mapped there.
  mutating func enterCopy(_ page: UInt64) {
    remove(page, pageSize)
    tables.insert(page / FuseConnDax.rangeSize)
    copies.insert(page..<page + pageSize)
  }

  /// Takes pages out of the page tables.
  mutating func remove(_ start: UInt64, _ length: UInt64) {
    let end = start &+ length < start ? UInt64.max : start + length
    var kept: [ProcessFiles.PageTableRun] = []
    for run in entries {
      if run.end <= start || run.offset >= end {
        kept.append(run)
        continue
      }
      // A huge entry goes as a whole: what is left of it faults again.
      if run.isHuge { continue }
      if run.offset < start {
        var head = run
        head.length = start - run.offset
        kept.append(head)
      }
      if run.end > end {
        var tail = run
        tail.offset = end
        tail.length = run.end - end
        tail.windowOffset = run.windowOffset.map { $0 + (end - run.offset) }
        kept.append(tail)
      }
    }
    entries = kept
  }
}

extension ProcessFiles: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for (index, file) in files.enumerated() {
      guard let file else { continue }
      visitor.enter("fd", index + ProcessFiles.firstDescriptor)
      visitor.field("inode", file.inode)
      visitor.field("flags", .number(UInt64(file.flags.rawValue)))
      visitor.field("fh", .number(file.handle.rawValue))
      visitor.leave()
    }
    visitor.list("f_ra", readaheads)
    for (index, mapping) in mappings.enumerated() {
      guard let mapping else { continue }
      visitor.enter("vma", index + 1)
      visitor.field("inode", mapping.inode)
      visitor.field("offset", .number(mapping.offset))
      visitor.field("length", .number(mapping.length))
      visitor.field("writable", .flag(mapping.canWrite))
      visitor.field("private", .flag(mapping.isPrivate))
      for (number, run) in mapping.entries.enumerated() {
        visitor.enter("pte", number)
        visitor.field("offset", .number(run.offset))
        visitor.field("length", .number(run.length))
        visitor.field("window", run.windowOffset.map { .number($0) } ?? .none)
        visitor.field("writable", .flag(run.isWritable))
        visitor.leave()
      }
      visitor.field("copies", .number(mapping.copies.total))
      visitor.field("tables", .text(mapping.tables.sorted().map { "\($0)" }.joined(separator: " ")))
      visitor.leave()
    }
  }
}
