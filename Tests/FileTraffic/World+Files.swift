import DaxModel

// Operations on whole files, their names and their sizes, and on the mount.

extension World {
  mutating func open(_ slot: Int, _ file: Int, _ flags: OpenFlags) throws(Stop) {
    guard oracle.descriptors[slot] == nil, file < oracle.names.count else { throw .skipped }
    let found = oracle.names[file]
    let path = TrafficPlan.path(file)
    let result = try call(.open(path, flags), "open \(path) \(flags.words)")
    let isMissing = found == nil && !flags.contains(.create)
    guard let number = try number(result, errno: isMissing ? .ENOENT : nil) else { return }
    var opened = found ?? 0
    if found == nil {
      opened = oracle.files.count
      oracle.files.append(Oracle.File(pattern: 0, seed: "", wantsDax: false))
      oracle.names[file] = opened
    }
    oracle.descriptors[slot] = Oracle.Descriptor(number: number, file: opened, flags: flags)
    if flags.contains(.truncate) { oracle.resize(opened, 0) }
  }

  mutating func close(_ slot: Int) throws(Stop) {
    let open = try descriptor(slot)
    let result = try call(.close(open.number), "close \(open.number)")
    // What FLUSH fails with is told, and the descriptor is gone all the same.
    oracle.descriptors[slot] = nil
    _ = try succeeded(result)
  }

  mutating func truncate(_ slot: Int, _ size: Int) throws(Stop) {
    let open = try descriptor(slot)
    let result = try call(.ftruncate(open.number, UInt64(size)), "truncate \(open.number) \(size)")
    if try succeeded(result, errno: open.flags.canWrite ? nil : .EINVAL) { oracle.resize(open.file, size) }
  }

  mutating func truncateByName(_ file: Int, _ size: Int) throws(Stop) {
    guard file < oracle.names.count else { throw .skipped }
    let found = oracle.names[file]
    let path = TrafficPlan.path(file)
    let result = try call(.truncate(path, UInt64(size)), "truncate \(path) \(size)")
    if try succeeded(result, errno: found == nil ? .ENOENT : nil), let found { oracle.resize(found, size) }
  }

  mutating func allocate(
    _ slot: Int, _ mode: FileOperation.AllocationMode, _ offset: Int, _ length: Int
  ) throws(Stop) {
    let open = try descriptor(slot)
    let result = try call(
      .fallocate(open.number, mode: mode.number, offset: UInt64(offset), length: UInt64(length)),
      "fallocate \(open.number) \(offset) \(length) mode=\(mode.rawValue)")
    if try succeeded(result, errno: open.flags.canWrite ? nil : .EBADF) {
      oracle.allocate(open.file, mode, offset, length)
    }
  }

  mutating func status(_ slot: Int) throws(Stop) {
    let open = try descriptor(slot)
    let result = try call(.fstat(open.number), "stat \(open.number)")
    guard case .status(let status) = result else {
      _ = try succeeded(result)
      return
    }
    let (size, isDax) = (oracle.files[open.file].size, isDax(open.file))
    say("expect size == \(size)")
    say("expect dax == \(isDax)")
    if status.size != UInt64(size) || status.isDax != isDax {
      throw wrong(
        .result, "fstat tells \(status.size) bytes, dax \(status.isDax) instead of \(size), \(isDax)")
    }
  }

  mutating func unlink(_ file: Int) throws(Stop) {
    guard file < oracle.names.count else { throw .skipped }
    let path = TrafficPlan.path(file)
    let result = try call(.unlink(path), "unlink \(path)")
    if try succeeded(result, errno: oracle.names[file] == nil ? .ENOENT : nil) { oracle.names[file] = nil }
  }

  /// As `ls` of the shell does it: one page of names after the other.
  mutating func list(_ file: Int) throws(Stop) {
    guard file < oracle.names.count else { throw .skipped }
    let folder = TrafficPlan.folder(of: file)
    let path = folder.isEmpty ? "/" : folder
    let opened = try call(.open(path, .directory), "ls \(path)")
    guard case .int(let number) = opened else {
      _ = try succeeded(opened)
      return
    }
    var names: [String] = []
    var filled: Value
    repeat {
      filled = try finish(machine.start(.getdents(Int(number), iter(4096))))
      guard case .int(let count) = filled else { break }
      let bytes = machine.readUser(buffer, count: Int(count))
      names += FuseDirent.list(ofProcess: bytes, on: machine.kernel.architecture).map { $0.name.description }
    } while filled != .int(0)
    let isWhole = try succeeded(filled)
    let closed = try finish(machine.start(.close(Int(number))))
    if closed != .int(0) { throw wrong(.result, "\(described(closed)) instead of 0") }
    guard isWhole else { return }
    let right = oracle.list(folder)
    say("expect rows.count == \(right.count)")
    for (index, name) in right.enumerated() { say("expect rows.\(index).name == \(name)") }
    if names != right { throw wrong(.result, "\(names) are listed instead of \(right)") }
  }

  // MARK: The host

  /// One failure is waited for at a time, the last that was asked for, so that it is known what it has hit. Whether a WRITE of dirty pages fails is
  /// told to whoever waits next for the file, and the pages are lost some time later: that is left out.
  mutating func fail(_ opcode: FuseOpcode, _ nth: Int, _ errno: Errno) throws(Stop) {
    let hasPages = oracle.mappings.contains { mapping in mapping.map { !isDax($0.file) } ?? false }
    guard !hasPages || opcode != .write else { throw .skipped }
    stopFailing()
    say("host fail \(opcode.name) \(errno.name) nth=\(nth)")
    _ = machine.changeServer(of: 0) { $0.hostFail(opcode, nth: nth, with: errno) }
  }

  private mutating func stopFailing() {
    for fault in machine.kernel.servers[0].faults.faults {
      say("host fail \(fault.opcode.name) \(fault.errno.name) nth=0")
      _ = machine.changeServer(of: 0) { $0.hostFail(fault.opcode, nth: 0, with: fault.errno) }
    }
  }

  // MARK: The mount

  mutating func bindAndMount() throws(Stop) {
    say("probe")
    let task = machine.startProbe(0)
    _ = try succeeded(try finish(task))
    try mount()
  }

  private mutating func mount() throws(Stop) {
    let option = plan.option
    say("mount \(Self.tag)" + (option == .unsaid ? "" : " \(option.rawValue)"))
    let task = machine.startMount(Self.tag, option)
    _ = try succeeded(try finish(task))
  }

  mutating func remount(unbinds: Bool) throws(Stop) {
    try unmount()
    // The reviewed series can be bound once: it never gives its claim of the window back.
    if unbinds, !plan.release.has(.claimsWholeBar) {
      try unbind()
      try bindAndMount()
    } else {
      try mount()
    }
  }

  /// Gives everything back, and looks at what the host has then.
  private mutating func unmount() throws(Stop) {
    stopFailing()
    for index in oracle.mappings.indices where oracle.mappings[index] != nil { try unmap(index) }
    for slot in oracle.descriptors.indices where oracle.descriptors[slot] != nil { try close(slot) }
    machine.runWorkers()
    for (name, file) in oracle.names.enumerated() {
      guard let file else { continue }
      try compareWithHost(name: name, file)
    }
    guard let task = machine.startUnmount(Self.tag) else { throw wrong(.leak, "the mount has gone") }
    say("umount \(Self.tag)")
    _ = try succeeded(try finish(task))
    machine.passTime()
    try checkNothingIsMapped()
    (hasStaleMappings, hasStaleHandles) = (false, false)
  }

  private mutating func unbind() throws(Stop) {
    say("remove")
    let task = machine.startRemove(0)
    _ = try succeeded(try finish(task))
    if let leak = machine.kernel.leaks.first, !plan.release.has(.claimsWholeBar) {
      say("expect leaks == []")
      throw wrong(.leak, leak)
    }
  }

  /// The end of a round: everything is given back.
  mutating func end() throws(Stop) {
    try unmount()
    try unbind()
  }

  private mutating func compareWithHost(name: Int, _ file: Int) throws(Stop) {
    let right = oracle.files[file].read(0, oracle.files[file].size)
    let path = TrafficPlan.path(name)
    let bytes = try? machine.kernel.servers[0].files.hostRead(
      path, at: FileOffset(0), count: right.count + 1)
    if script != nil, !right.isEmpty {
      say("host read \(path) 0 \(right.count + 1) show=crc")
      say("expect bytes == \(right.count)")
      say("expect crc32 == \"\(checksum(right))\"")
    }
    guard let bytes else { throw wrong(.host, "the host has no file \(path)") }
    if bytes.count != right.count {
      throw wrong(.host, "on the host \(path) has \(bytes.count) bytes or more instead of \(right.count)")
    }
    if let place = firstDifference(bytes, right) {
      throw wrong(
        .host, "on the host byte \(place) of \(path) is \(bytes[place]) instead of \(right[place])")
    }
  }
}
