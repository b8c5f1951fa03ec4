import DaxModel

/// What the files should hold: flat arrays of bytes, and names for them.
struct Oracle {
  /// A file, with a name or without.
  struct File {
    /// Whole pages: behind `size` is what was stored in the last page through a mapping.
    private(set) var bytes: [UInt8]
    private(set) var size: Int
    /// Whether it wants DAX, where that is decided for each file.
    var wantsDax: Bool

    init(pattern size: Int, seed: String, wantsDax: Bool) {
      bytes = FilePattern(seed: seed).bytes(at: 0, count: size)
      bytes += [UInt8](repeating: 0, count: pageEnd(size) - size)
      (self.size, self.wantsDax) = (size, wantsDax)
    }

    /// How far a mapping can be accessed.
    var end: Int { bytes.count }

    func read(_ offset: Int, _ length: Int) -> ArraySlice<UInt8> {
      offset < size ? bytes[offset..<min(offset + length, size)] : []
    }

    /// `pwrite()`: the file grows if it must.
    mutating func write(_ data: ArraySlice<UInt8>, at offset: Int) {
      if data.isEmpty { return }
      if offset + data.count > size { resize(offset + data.count) }
      store(data, at: offset)
    }

    /// A store through a mapping: the file does not grow.
    mutating func store(_ data: ArraySlice<UInt8>, at offset: Int) {
      bytes.replaceSubrange(offset..<offset + data.count, with: data)
    }

    /// What lies behind the end of a file is gone when it shrinks, and when it grows.
    mutating func resize(_ new: Int) {
      let kept = min(size, new)
      bytes.removeLast(bytes.count - kept)
      bytes += [UInt8](repeating: 0, count: pageEnd(new) - kept)
      size = new
    }

    mutating func zero(_ offset: Int, _ length: Int) {
      let end = min(offset + length, bytes.count)
      if offset < end { store([UInt8](repeating: 0, count: end - offset)[...], at: offset) }
    }
  }

  /// An open file.
  struct Descriptor {
    var number: FileDescriptor
    var file: Int
    var flags: OpenFlags
  }

  struct Mapping {
    var number: MappingID
    var file: Int
    var offset: Int
    var length: Int
    var protection: FileOperation.Protection
    /// Pages that stores to a private mapping have made copies of, by their offset in the file.
    var copies: [Int: [UInt8]] = [:]

    var isWritable: Bool { protection != .readOnly }
  }

  /// A lie that the oracle tells, to see that it is found.
  enum Mistake: Hashable, Sendable {
    /// Holes keep their bytes.
    case punchIsForgotten
  }

  var files: [File] = []
  /// Which file a name stands for.
  var names: [Int?] = []
  var descriptors = [Descriptor?](repeating: nil, count: TrafficPlan.slots)
  var mappings = [Mapping?](repeating: nil, count: TrafficPlan.mappings)
  var mistake: Mistake?

  init(_ files: [TrafficPlan.File], mistake: Mistake? = nil) {
    self.mistake = mistake
    for (index, file) in files.enumerated() {
      self.files.append(File(pattern: file.size, seed: TrafficPlan.path(index), wantsDax: file.wantsDax))
      names.append(index)
    }
  }

  /// The names in a folder, in order. Folders stay when the last file in them has gone.
  func list(_ folder: String) -> [String] {
    var found: Set<String> = [".", ".."]
    for (index, file) in names.enumerated() where TrafficPlan.path(index).hasPrefix(folder) {
      let rest = TrafficPlan.path(index).dropFirst(folder.count).split(separator: "/")
      if rest.count > 1 || file != nil { found.insert(String(rest[0])) }
    }
    return found.sorted()
  }

  /// Sets the size of a file. Private copies behind its end are gone.
  mutating func resize(_ file: Int, _ size: Int) {
    files[file].resize(size)
    dropCopies(of: file, from: pageEnd(size))
  }

  private mutating func dropCopies(of file: Int, from end: Int) {
    for index in mappings.indices where mappings[index]?.file == file {
      let kept = mappings[index]?.copies.filter { $0.key < end }
      mappings[index]?.copies = kept ?? [:]
    }
  }

  mutating func allocate(
    _ file: Int, _ mode: FileOperation.AllocationMode, _ offset: Int, _ length: Int
  ) {
    switch mode {
    case .keep: break
    case .punch: if mistake != .punchIsForgotten { files[file].zero(offset, length) }
    case .allocate: if offset + length > files[file].size { files[file].resize(offset + length) }
    case .zero:
      files[file].zero(offset, length)
      if offset + length > files[file].size { files[file].resize(offset + length) }
    }
  }

  /// How many bytes can be accessed through a mapping before a page is behind the end of the file.
  func reach(_ mapping: Mapping, at: Int, length: Int) -> Int {
    let file = files[mapping.file]
    var place = mapping.offset + at
    let end = place + length
    while place < end, place < file.end || mapping.copies[place & ~0xfff] != nil {
      place = (place & ~0xfff) + 4096
    }
    return min(max(place, mapping.offset + at), end) - mapping.offset - at
  }

  /// What a load through a mapping gives, as far as it reaches.
  func load(_ mapping: Mapping, at: Int, length: Int) -> [UInt8] {
    if length <= 0 { return [] }
    let start = mapping.offset + at
    if mapping.copies.isEmpty { return Array(files[mapping.file].bytes[start..<start + length]) }
    var result: [UInt8] = []
    result.reserveCapacity(length)
    eachPage(start, length) { place, count in
      let inPage = place & 0xfff
      if let copy = mapping.copies[place - inPage] {
        result += copy[inPage..<inPage + count]
      } else {
        result += files[mapping.file].bytes[place..<place + count]
      }
    }
    return result
  }

  /// A store through a mapping, as far as it reaches.
  mutating func store(_ index: Int, at: Int, _ data: ArraySlice<UInt8>) {
    guard var mapping = mappings[index], !data.isEmpty else { return }
    let start = mapping.offset + at
    guard mapping.protection == .privately else {
      files[mapping.file].store(data, at: start)
      return
    }
    var rest = data
    eachPage(start, data.count) { place, count in
      let inPage = place & 0xfff
      let page = place - inPage
      var copy = mapping.copies[page] ?? Array(files[mapping.file].bytes[page..<page + 4096])
      copy.replaceSubrange(inPage..<inPage + count, with: rest.prefix(count))
      mapping.copies[page] = copy
      rest = rest.dropFirst(count)
    }
    mappings[index] = mapping
  }

  private func eachPage(_ start: Int, _ length: Int, _ body: (Int, Int) -> Void) {
    var place = start
    while place < start + length {
      let count = min(4096 - place & 0xfff, start + length - place)
      body(place, count)
      place += count
    }
  }
}

/// The end of the page that a file of this size ends in.
func pageEnd(_ size: Int) -> Int { (size + 4095) & ~4095 }
