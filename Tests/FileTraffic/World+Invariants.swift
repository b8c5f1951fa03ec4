import DaxModel

// What must be so between two operations.

extension World {
  /// What costs little: after every operation.
  mutating func checkCheaply() throws(Stop) {
    guard isQuiet else { return }
    let kernel = machine.kernel
    if let held = kernel.locks.held.first {
      throw wrong(.invariant, "nobody runs, and \(held.lock.name) is held")
    }
    guard let handle = kernel.connection(of: 0), let session = kernel.connections.peek(handle) else {
      throw wrong(.invariant, "the session has gone")
    }
    try checkUsers()
    guard let dax = session.dax else { return }
    try checkRanges(dax)
    try checkTrees(dax)
    try checkPageTables(dax)
    try checkWindow(dax)
  }

  /// Each range is free or in use, and nobody counts on it.
  private func checkRanges(_ dax: FuseConnDax) throws(Stop) {
    if (dax.free + dax.busy).sorted() != Array(dax.ranges.indices) {
      throw wrong(
        .invariant, "free ranges \(dax.free) and busy ones \(dax.busy) are not \(dax.ranges.count) in all")
    }
    if let range = dax.ranges.firstIndex(where: { $0.references != 1 }) {
      throw wrong(
        .invariant, "range \(range) has \(dax.ranges[range].references) references and nobody uses it")
    }
    if let range = dax.free.first(where: { dax.ranges[$0].inode != nil || dax.ranges[$0].isWritable }) {
      throw wrong(.invariant, "range \(range) is free and still has a file")
    }
  }

  /// The trees of the inodes have just the busy ranges, each in its place.
  private func checkTrees(_ dax: FuseConnDax) throws(Stop) {
    var owned: [Int] = []
    for inode in machine.kernel.inodes.handles {
      for piece in machine.kernel.inodes.peek(inode)?.tree ?? [] {
        if dax.ranges[piece.range].inode != inode || dax.ranges[piece.range].index != piece.index {
          throw wrong(.invariant, "range \(piece.range) stands in a tree that it does not belong to")
        }
        owned.append(piece.range)
      }
    }
    if owned.sorted() != dax.busy.sorted() {
      throw wrong(.invariant, "ranges \(owned.sorted()) stand in trees, and \(dax.busy.sorted()) are busy")
    }
  }

  /// Page tables lead only to ranges that hold the piece, and allow stores only where the range does.
  private func checkPageTables(_ dax: FuseConnDax) throws(Stop) {
    for (index, mapping) in machine.kernel.process.mappings.enumerated() {
      guard let mapping else { continue }
      let size = machine.kernel.inodes.peek(mapping.inode)?.size ?? 0
      for entry in mapping.entries {
        if entry.offset >= size {
          throw wrong(.invariant, "mapping \(index + 1) has pages behind the end of the file")
        }
        guard let window = entry.windowOffset else { continue }
        let range = dax.ranges[Int(window >> 21)]
        if range.inode != mapping.inode || range.index != entry.offset >> 21 {
          throw wrong(
            .invariant, "mapping \(index + 1) reaches range \(window >> 21), which holds something else")
        }
        if entry.isWritable, !range.isWritable || mapping.isPrivate {
          throw wrong(.invariant, "mapping \(index + 1) can store to range \(window >> 21)")
        }
      }
    }
  }

  /// What the guest takes for mapped is mapped, and nothing else.
  private func checkWindow(_ dax: FuseConnDax) throws(Stop) {
    let server = machine.kernel.servers[0]
    var pieces = 0
    for range in dax.ranges.indices {
      let found = server.window.mapping(at: WindowOffset(UInt64(range) << 21))
      guard let inode = dax.ranges[range].inode else {
        if found != nil, !hasStaleMappings {
          throw wrong(.invariant, "range \(range) is free, and the host has mapped it")
        }
        pieces += found == nil ? 0 : 1
        continue
      }
      pieces += 1
      let node = machine.kernel.inodes.peek(inode)?.node
      guard let found, found.length.rawValue == 2 << 20,
        found.fileOffset.rawValue == dax.ranges[range].index << 21,
        found.isWritable == dax.ranges[range].isWritable,
        node.flatMap({ server.nodes.inode(of: $0) }) == found.inode
      else { throw wrong(.invariant, "range \(range) is not mapped on the host as the guest believes") }
    }
    if server.window.mappings.count != pieces {
      throw wrong(.invariant, "the host has \(server.window.mappings.count) mappings instead of \(pieces)")
    }
  }

  /// Inodes are used by just the open files there are, and the server counts as the guest does.
  private func checkUsers() throws(Stop) {
    let kernel = machine.kernel
    var open: [ProcessFiles.OpenFile] = []
    for file in kernel.process.files + kernel.process.mappings.map({ $0?.file }) {
      guard let file, !open.contains(where: { $0.handle == file.handle }) else { continue }
      open.append(file)
    }
    for handle in kernel.inodes.handles {
      // The root belongs to the mount.
      guard let inode = kernel.inodes.peek(handle), inode.node != .root else { continue }
      let users = open.count { $0.inode == handle }
      if inode.users != users {
        throw wrong(.invariant, "inode#\(handle.slot) counts \(inode.users) users, and there are \(users)")
      }
      if kernel.servers[0].nodes.lookups(of: inode.node) != inode.lookups {
        throw wrong(.invariant, "the server counts other lookups of inode#\(handle.slot) than the guest")
      }
    }
    let handles = kernel.servers[0].handles.entries.count
    if handles != open.count, !hasStaleHandles {
      throw wrong(.invariant, "the server has \(handles) files open, the guest \(open.count)")
    }
  }

  /// What costs more: once in a while.
  mutating func checkDearly(from before: Kernel) throws(Stop) {
    guard isQuiet else { return }
    for invariant in Invariant.allCases {
      if let text = invariant.breach(from: before, to: machine.kernel, []) { throw wrong(.invariant, text) }
    }
    // A file with DAX has no cache: the host has what was written.
    for (name, file) in oracle.names.enumerated() {
      guard let file, isDax(file), file == step / 64 % oracle.files.count else { continue }
      let right = oracle.files[file].read(0, oracle.files[file].size)
      let bytes = try? machine.kernel.servers[0].files.hostRead(
        TrafficPlan.path(name), at: FileOffset(0), count: right.count + 1)
      if let bytes, firstDifference(bytes, right) == nil { continue }
      throw wrong(.host, "the host has other bytes in \(TrafficPlan.path(name))")
    }
  }

  /// Without events the same comes of a task as line by line. Both run on copies.
  func checkUnwatched(_ task: TaskID) throws(Stop) {
    var (stepped, unwatched) = (machine, machine)
    _ = stepped.run(task)
    let value = unwatched.runToEnd(task)
    let right = stepped.task(task)?.result
    if value != right {
      throw wrong(.unwatched, "without events \(told(value)) instead of \(told(right))")
    }
    if let difference = difference(stepped, unwatched) {
      throw wrong(.unwatched, "without events \(difference)")
    }
  }

  private func told(_ result: Value?) -> String { result.map { described($0) } ?? "no result" }

  /// After an unmount the host has no session, and nothing is mapped or open.
  func checkNothingIsMapped() throws(Stop) {
    let server = machine.kernel.servers[0]
    if server.session != nil { throw wrong(.leak, "the session has not ended") }
    if !server.window.mappings.isEmpty { throw wrong(.leak, "the host still has something mapped") }
    if !server.handles.entries.isEmpty { throw wrong(.leak, "the host still has files open") }
    if server.nodes.entries.count != 1 { throw wrong(.leak, "the host still knows nodes") }
    if let task = machine.tasks.first { throw wrong(.leak, "\(task.name) still runs") }
    for invariant in Invariant.allCases {
      if let text = invariant.breachAtEnd(of: machine.kernel) { throw wrong(.invariant, text) }
    }
  }
}

/// Where two machines that should be the same differ first; nil if they are the same.
func difference(_ right: Machine, _ found: Machine) -> String? {
  if right == found { return nil }
  var (old, new) = (FactList(), FactList())
  right.inspect(&old)
  found.inspect(&new)
  guard let change = FactList.changes(from: old, to: new).first else { return "something hidden differs" }
  let told = [change.after, change.before].map { fact in fact.map { "\($0)" } ?? "nothing" }
  return "\(change.path) is \(told[0]) instead of \(told[1])"
}
