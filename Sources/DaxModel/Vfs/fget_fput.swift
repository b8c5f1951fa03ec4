// References to open files: whoever holds one keeps the file from being released.

extension ProcessFiles {
  /// `fdget()`: the open file behind a descriptor, for a call that holds it until `put`. Nil is -EBADF.
  mutating func get(_ descriptor: FileDescriptor) -> OpenFile? {
    guard let file = file(descriptor) else { return nil }
    hold(file)
    return file
  }

  /// `file_close_fd()`: takes a descriptor away; who does it holds what it stood for until `put`.
  mutating func take(_ descriptor: FileDescriptor) -> OpenFile? {
    guard let file = get(descriptor) else { return nil }
    files[descriptor - ProcessFiles.firstDescriptor] = nil
    return file
  }

  /// `get_file()`: a call under way holds an open file.
  mutating func hold(_ file: OpenFile) {
    held.insert(file.id, at: held.firstIndex { $0 > file.id } ?? held.count)
  }

  /// `fput()`: a call under way holds an open file no more.
  ///
  /// - Returns: Whether nothing keeps it any longer: it is released now, by the task that asked.
  mutating func put(_ file: OpenFile) -> Bool {
    if let place = held.firstIndex(of: file.id) { held.remove(at: place) }
    return !keeps(file)
  }

  /// Whether a descriptor, a mapping or a call under way still keeps an open file: its `f_count` is not 0.
  func keeps(_ file: OpenFile) -> Bool {
    let id = file.id
    return files.contains { $0?.id == id } || held.contains(id) || mappings.contains { $0?.file.id == id }
  }

  /// The smallest number that no open file has.
  var unusedID: Int {
    var id = 0
    while files.contains(where: { $0?.id == id }) || held.contains(id)
      || mappings.contains(where: { $0?.file.id == id })
    { id += 1 }
    return id
  }
}
