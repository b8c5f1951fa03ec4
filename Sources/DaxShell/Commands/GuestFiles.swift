import DaxModel

// What the guest knows of files, looked at from outside: nothing here changes the machine.

extension Session {
  /// The session of what is mounted from the current device.
  var mountedConnection: FuseConnection? {
    machine.kernel.connection(of: device).flatMap { machine.kernel.connections.peek($0) }
  }

  /// The inodes that the kernel knows of what is mounted from the current device.
  var guestInodes: [(handle: Handle<FuseInode>, inode: FuseInode)] {
    guard let connection = machine.kernel.connection(of: device) else { return [] }
    return machine.kernel.inodes.handles.compactMap { handle in
      guard let inode = machine.kernel.inodes.peek(handle), inode.connection == connection else { return nil }
      return (handle, inode)
    }
  }

  /// Why there is nothing of that kind, in a sentence.
  func nothingMounted(_ things: String) -> String {
    let tag = escapeControls(machine.kernel.devices[device].tag)
    return "nothing is mounted from `\(tag)`, so there are no \(things): \(howToMount)"
  }

  /// What mounts the current device's files on this machine.
  var howToMount: String {
    let chosen = machine.kernel.devices[device]
    let tag = escapeControls(chosen.tag)
    let region = chosen.attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome.region
    if !chosen.isBound {
      if release.architecture == .s390x, platform.assumption == nil, region != nil, !release.has(.zoneDevice)
      {
        return "s390x cannot map the window, so `probe` fails; "
          + "`new arch=s390x assume=memory` or window=none makes a machine that can be mounted"
      }
      return "`probe`, then `mount \(tag)\(region == nil ? "" : " dax")` mounts"
    }
    let instance = machine.kernel.instance(of: device)
    return instance?.daxDevice == nil
      ? "`mount \(tag)` mounts; without a DAX device the option dax is refused" : "`mount \(tag) dax` mounts"
  }

  /// The paths by which the kernel knows an inode; none once it is unlinked.
  func names(of handle: Handle<FuseInode>) -> [String] {
    guard let connection = mountedConnection else { return [] }
    if handle == connection.root { return ["/"] }
    return connection.dentries.filter { $0.inode == handle }.map { dentry in
      var (path, parent) = (dentry.name.description, dentry.parent)
      // No path is longer than there are names.
      for _ in connection.dentries where parent != connection.root {
        guard let above = connection.dentries.first(where: { $0.inode == parent }) else { break }
        (path, parent) = (above.name.description + "/" + path, above.parent)
      }
      return path
    }
  }

  /// What a file is called: its first name, that with which the server made it, or its number.
  func title(of handle: Handle<FuseInode>) -> String {
    if let name = names(of: handle).first { return name }
    guard let inode = machine.kernel.inodes.peek(handle) else { return "inode#\(handle.slot)" }
    if inode.node == .root { return "/" }
    let name = hostInode(of: inode)?.name.description ?? ""
    return name.isEmpty ? "inode#\(handle.slot)" : name
  }

  /// The server's inode behind a node of the guest.
  func hostInode(of inode: FuseInode) -> HostInode? {
    guard let server = machine.server(of: device), let number = server.nodes.inode(of: inode.node) else {
      return nil
    }
    return server.files[number]
  }

  /// The kernel's inode of a path, if it has looked it up. Nothing is asked for.
  func guestInode(_ path: String) -> Handle<FuseInode>? {
    guard let connection = mountedConnection, var current = connection.root else { return nil }
    for part in path.split(separator: "/") {
      guard
        let next = connection.dentries.first(where: { $0.parent == current && $0.name.description == part })
      else { return nil }
      current = next.inode
    }
    return current
  }

  // MARK: Tables

  func inodesAnswer() -> Answer {
    guard mountedConnection != nil else { return rowsAnswer([], empty: nothingMounted("inodes")) }
    let process = machine.kernel.process
    let rows: [Datum] = guestInodes.map { handle, inode in
      [
        "inode": .count(handle.slot), "node": .count(inode.node.rawValue),
        "names": .text(names(of: handle).joined(separator: ", ")), "size": .count(inode.size),
        "dax": .bool(inode.isDax), "attr_valid": .bool(inode.isFresh), "lookups": .count(inode.lookups),
        "opens": .count(process.files.filter { $0?.inode == handle }.count),
        "mappings": .count(process.mappings.filter { $0?.inode == handle }.count),
        "ranges": .count(inode.tree.count), "cached": .count(inode.cache.present.total),
        "dirty": .count(inode.cache.dirty.total), "unlinked": .bool(inode.isUnlinked),
      ]
    }
    if rows.isEmpty { return rowsAnswer(rows, empty: "the guest has not looked up any file yet") }
    // What fits in 80 columns.
    let shown: [Datum] = rows.map { row in
      let isUnlinked = row["unlinked"] == true
      return [
        "inode": row["inode"] ?? .null, "node": row["node"] ?? .null,
        "names": isUnlinked ? "(unlinked)" : row["names"] ?? .null, "size": row["size"] ?? .null,
        "dax": .text(row["dax"]?.inline ?? ""), "fresh": .text(row["attr_valid"]?.inline ?? ""),
        "opens": row["opens"] ?? .null, "maps": row["mappings"] ?? .null, "ranges": row["ranges"] ?? .null,
        "cached": row["cached"] ?? .null, "dirty": row["dirty"] ?? .null,
      ]
    }
    return Answer(["rows": .list(rows)], text: Table(["rows": .list(shown)]).rendered(options))
  }

  func pageCacheAnswer() -> Answer {
    guard mountedConnection != nil else { return rowsAnswer([], empty: nothingMounted("cached pages")) }
    let rows: [Datum] = guestInodes.filter { !$0.inode.cache.present.isEmpty }.map { handle, inode in
      [
        "file": .text(title(of: handle)), "inode": .count(handle.slot),
        "pages": .count(inode.cache.present.total / pageSize),
        "dirty": .count(pages(inode.cache.dirty)),
        "present": .text(runs(inode.cache.present)), "dirty_pages": .text(runs(inode.cache.dirty)),
        "stale_pages": .text(runs(inode.cache.stale)), "marked_pages": .text(runs(inode.cache.marked)),
        "readahead": .text(readahead(of: handle)),
      ]
    }
    let hasDax = guestInodes.contains { $0.inode.isDax }
    if rows.isEmpty {
      return rowsAnswer(
        rows, empty: "the page cache is empty" + (hasDax ? ": files with DAX do not use it" : ""))
    }
    // What is empty in every row is not shown.
    let names = [("stale_pages", "stale"), ("marked_pages", "marked"), ("readahead", "window")]
    let told = names.filter { name in rows.contains { $0[name.0] != "" } }
    let shown: [Datum] = rows.map { row in
      var short: Datum = [
        "file": row["file"] ?? .null, "inode": row["inode"] ?? .null, "pages": row["pages"] ?? .null,
        "dirty": row["dirty"] ?? .null, "present": row["present"] ?? .null,
        "dirty_pages": row["dirty_pages"] ?? .null,
      ]
      for (name, head) in told { short.set(head, row[name] ?? .null) }
      return short
    }
    return Answer(["rows": .list(rows)], text: Table(["rows": .list(shown)]).rendered(options))
  }

  /// The windows of the open files of an inode, as `first+size-async`.
  private func readahead(of inode: Handle<FuseInode>) -> String {
    let windows = machine.kernel.process.readaheads.filter { $0.inode == inode && $0.size > 0 }
    return windows.map { "\($0.start)+\($0.size)-\($0.asyncSize)" }.joined(separator: " ")
  }

  /// How many pages a set of bytes touches.
  private func pages(_ bytes: ByteRanges) -> UInt64 {
    bytes.ranges.reduce(0) { $0 + ($1.upperBound + pageSize - 1) / pageSize - $1.lowerBound / pageSize }
  }

  /// The pages of a set of bytes as `0-3 8`, the first of them.
  private func runs(_ bytes: ByteRanges) -> String {
    let shown = bytes.ranges.prefix(8).map { range in
      let (first, last) = (range.lowerBound / pageSize, (range.upperBound - 1) / pageSize)
      return first == last ? "\(first)" : "\(first)-\(last)"
    }
    return shown.joined(separator: " ") + (bytes.ranges.count > 8 ? " and more" : "")
  }

  func mappingsAnswer() -> Answer {
    let process = machine.kernel.process
    let areas = process.mappings.compactMap { $0 }.sorted { ($0.number, $0.lead) < ($1.number, $1.lead) }
    let rows: [Datum] = areas.map { mapping in
      let small = mapping.entries.filter { !$0.isHuge }.reduce(0) { $0 + $1.length }
      let huge = mapping.entries.filter { $0.isHuge }.reduce(0) { $0 + $1.length }
      return [
        "mapping": .count(mapping.number), "address": .hex(mapping.address),
        "file": .text(title(of: mapping.inode)), "offset": .count(mapping.offset),
        "len": .count(mapping.length),
        "prot": .text((mapping.canRead ? "r" : "-") + (mapping.canWrite ? "w" : "-")),
        "flags": .text(mapping.isPrivate ? "private" : "shared"), "pte_pages": .count(small / pageSize),
        "pmd_ranges": .count(huge / FuseConnDax.rangeSize),
        "cow_pages": .count(mapping.copies.total / pageSize),
      ]
    }
    let none = "the process has nothing mapped"
    if rows.isEmpty {
      return rowsAnswer(
        rows, empty: mountedConnection == nil ? nothingMounted("mappings") : none + ": `mmap FD 0 4M` maps")
    }
    let whole = Table(["rows": .list(rows)])
    if whole.naturalWidth <= options.width {
      return Answer(["rows": .list(rows)], text: whole.rendered(options))
    }
    var shown: [Datum] = rows.map { row in
      let names = [
        ("map", "mapping"), ("address", "address"), ("file", "file"), ("offset", "offset"), ("len", "len"),
        ("prot", "prot"), ("flags", "flags"), ("pte", "pte_pages"), ("pmd", "pmd_ranges"),
        ("cow", "cow_pages"),
      ]
      return .record(names.map { Field($0.0, row[$0.1] ?? .null) })
    }
    // `mmap` and `walk` tell the address as well, so it is the first to go where there is no room for all.
    if Table(["rows": .list(shown)]).naturalWidth > options.width {
      shown = shown.map { .record($0.fields.filter { $0.name != "address" }) }
    }
    return Answer(["rows": .list(rows)], text: Table(["rows": .list(shown)]).rendered(options))
  }
}
