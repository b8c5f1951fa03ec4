import Testing

@testable import DaxModel
@testable import DaxShell

extension Kernel {
  /// Takes a lock for a task that would not have taken it.
  fileprivate mutating func take(_ lock: Lock, by task: TaskID) {
    begin(task)
    begin(at: Site(.fuseDoSetattr, 0))
    _ = tryLock(lock)
    _ = endLine()
  }
}

/// What a person sees of files: ranges, inodes, mappings, the page cache, locks, a walk, and pictures.
@Suite("Files in view")
struct FileViewTests {
  /// A window of four ranges, and a file that is twice as long.
  static func mounted(_ option: String = "dax", _ lines: String...) -> TestShell {
    var shell = TestShell()
    for line in [
      "new window=8M", "host file a16m size=16M", "host file b4m size=4M", "probe", "mount myfs \(option)",
      "open a16m rw",
    ] + lines {
      shell.run(line)
    }
    return shell
  }

  private func column(_ name: String, _ rows: JSON) -> [JSON] { rows.elements.map { $0[name] } }

  @Test("A frame stands at the line that has called, also where the answer goes to another line")
  func callingLines() {
    var shell = Self.mounted()
    shell.run("start pread 3 3M 8", "until fuse_setup_one_mapping")
    let stack = shell.run("where")
    #expect(stack.contains("ksys_pread64.readFile ") && stack.contains("fuse_file_read_iter.chooseDax "))
  }

  @Test("Each range has its state, its piece and its place on a list")
  func ranges() throws {
    var shell = Self.mounted("dax", "pread 3 2M 8", "pwrite 3 6M text=hi")
    let answer = try shell.result("info ranges")
    let rows = answer["rows"]
    #expect(answer["ranges"] == 4)
    #expect(answer["free"] == 2)
    #expect(answer["busy"] == 2)
    #expect(answer["reclaim_below"] == 1)
    #expect(column("range", rows) == [0, 1, 2, 3])
    #expect(column("window_offset", rows) == ["0x0", "0x200000", "0x400000", "0x600000"])
    #expect(column("state", rows) == ["busy", "busy", "free", "free"])
    #expect(column("file", rows) == ["a16m", "a16m", nil, nil])
    #expect(column("index", rows) == [1, 3, nil, nil])
    #expect(column("file_offset", rows) == ["0x200000", "0x600000", nil, nil])
    #expect(column("mode", rows) == ["r", "rw", nil, nil])
    #expect(column("refcount", rows) == [1, 1, nil, nil])
    #expect(column("list", rows) == ["busy", "busy", "free", "free"])
    #expect(column("place", rows) == [0, 1, 0, 1])
    let text = shell.run("info ranges")
    #expect(text.contains("4 ranges of 2 MiB: 2 free, 2 busy"))
    #expect(text.contains("free, the next one first: 2-3"))
  }

  @Test("A range is counted while it is used, taken while it is set up, and reclaiming while it is unmapped")
  func statesOfRanges() throws {
    var shell = Self.mounted("dax", "dd a16m count=20")
    // Two ranges are busy, so the third takes the last but one that is free.
    shell.run("start pread 3 14M 4096", "until alloc_dax_mapping.kickWorker")
    #expect(column("state", try shell.result("info ranges")["rows"]).contains("taken"))
    shell.run("until fuse_setup_one_mapping.checkReply", "continue")
    shell.run("start pread 3 14M 4096", "until dax_iomap_iter.copy")
    let rows = try shell.result("info ranges")["rows"]
    let used = rows.elements.first { $0["index"] == 7 }
    #expect(used?["refcount"] == 2)
    shell.run("continue")
    // A read of a piece that is not there while nothing is free begins with the worker.
    var other = Self.mounted("dax", "pread 3 0 8", "pread 3 2M 8", "pread 3 4M 8")
    other.run("start pread 3 6M 4096", "until alloc_dax_mapping.kickWorker", "step")
    let worker = try other.result("info tasks")["rows"].elements.first { $0["name"] == "kworker" }
    let number = try #require(worker?["task"].number)
    other.run("task \(number)", "until reclaim_one_dmap_locked.sendRemove")
    let before = try other.result("info ranges")["rows"]
    #expect(column("state", before).contains("reclaiming"))
    #expect(column("list", before)[0] == "busy")
  }

  @Test("Inodes, mappings and the page cache")
  func objects() throws {
    var shell = Self.mounted(
      "dax", "mmap 3 0 4M prot=rw", "mmap 3 4M 4M private prot=rw", "load 1 0 8", "load 2 0 8",
      "store 2 8k text=hi")
    let all = try shell.result("info inodes")["rows"]
    #expect(column("names", all) == ["/", "a16m"])
    let inode = all[1]
    #expect(inode["node"] == 2)
    #expect(inode["size"] == 16_777_216)
    #expect(inode["dax"] == .bool(true))
    #expect(inode["attr_valid"] == .bool(true))
    #expect(inode["opens"] == 1)
    #expect(inode["mappings"] == 2)
    #expect(inode["ranges"] == 2)
    #expect(inode["dirty"] == 0)
    let mappings = try shell.result("info mappings")["rows"]
    #expect(column("mapping", mappings) == [1, 2])
    #expect(column("address", mappings).allSatisfy { $0.isHex })
    #expect(column("offset", mappings) == [0, 4_194_304])
    #expect(column("prot", mappings) == ["rw", "rw"])
    #expect(column("flags", mappings) == ["shared", "private"])
    #expect(column("pmd_ranges", mappings) == [1, 0])
    #expect(column("pte_pages", mappings)[0] == 0)
    #expect(column("cow_pages", mappings) == [0, 1])
    #expect(shell.run("info pagecache") == "the page cache is empty: files with DAX do not use it\n")
    shell.run("unlink a16m")
    let unlinked = try shell.result("info inodes")["rows"][1]
    #expect(unlinked["unlinked"] == .bool(true))
    #expect(unlinked["names"] == "")

    var plain = Self.mounted("dax=never", "pread 3 0 64")
    let cached = try plain.result("info pagecache")["rows"][0]
    #expect(cached["file"] == "a16m")
    #expect(cached["pages"] == 4)
    #expect(cached["present"] == "0-3")
    #expect(cached["dirty"] == 0)
    #expect(cached["marked_pages"] == "1")
    #expect(cached["stale_pages"] == "")
    #expect(cached["readahead"] == "0+4-3")
    plain.run("mmap 3 0 4M prot=rw", "store 1 4k text=hi")
    let dirty = try plain.result("info pagecache")["rows"][0]
    #expect(dirty["dirty"] == 1)
    #expect(dirty["dirty_pages"] == "1")
    #expect(try plain.result("info inodes")["rows"][1]["dirty"] == 4096)
    #expect(plain.run("info ranges") == "what is mounted does not use DAX, so it has no ranges\n")
  }

  @Test(
    "Without a mount there is one sentence, and no table",
    arguments: ["ranges", "inodes", "mappings", "pagecache", "locks", "copies"])
  func withoutMount(topic: String) throws {
    var shell = TestShell()
    let text = shell.run("info \(topic)")
    #expect(text.contains("nothing is mounted from `myfs`"))
    #expect(text.contains("`probe`, then `mount myfs dax` mounts"))
    #expect(!text.contains("─"))
    #expect(try shell.result("info \(topic)")["rows"] == .list([]))
    shell.run("probe")
    #expect(!shell.run("info \(topic)").contains("`probe`"))
  }

  @Test("Locks have a holder, a mode and those who wait")
  func locks() throws {
    var shell = Self.mounted("dax", "pread 3 0 8")
    #expect(shell.run("info locks") == "no lock is held, and nobody waits for one\n")
    shell.run("start pread 3 0 4096", "until fuse_iomap_begin.findRange")
    shell.run("start truncate 3 1M", "continue")
    let rows = try shell.result("info locks")["rows"]
    #expect(column("lock", rows) == ["i_rwsem", "dax->sem"])
    #expect(column("file", rows) == ["a16m", "a16m"])
    #expect(column("mode", rows) == ["shared", "shared"])
    #expect(rows[0]["holder"].text?.hasSuffix("(pread)") == true)
    #expect(rows[0]["waiters"].text?.hasSuffix("(ftruncate)") == true)
    #expect(rows[0]["taken_at"] == "fuse_dax_read_iter.lockInode")
    #expect(try shell.result("info locks")["deadlock"] == .list([]))
  }

  @Test("munmap waits for a page fault: info locks names who holds the mmap_lock")
  func addressSpace() throws {
    var shell = Self.mounted("dax", "mmap 3 0 4M", "start load 1 0 8", "until fuse_setup_one_mapping")
    shell.run("start munmap 1", "continue")
    let rows = try shell.result("info locks")["rows"]
    #expect(column("lock", rows) == ["mmap_lock", "invalidate_lock", "dax->sem"])
    #expect(rows[0]["holder"].text?.hasSuffix("(load)") == true)
    #expect(rows[0]["waiters"].text?.hasSuffix("(munmap)") == true)
    #expect(rows[0]["mode"] == "shared" && rows[0]["file"] == nil && rows[0]["taken_at"] == "access.fault")
  }

  @Test("A ring of waits is named")
  func deadlock() throws {
    var shell = Self.mounted("dax", "open b4m rw", "start truncate 3 1M", "until fuse_do_setattr")
    // Two truncates of two files, each with the lock that the other wants.
    let first = try #require(shell.session.debugger.current)
    let files = shell.session.guestInodes.map { $0.handle }.dropFirst().map { $0 }
    shell.run("back 9999", "goto end", "start truncate 4 1M")
    let second = try #require(shell.session.debugger.current)
    shell.session.debugger.timeline.change { machine in
      machine.kernel.take(.inode(files[1]), by: first)
      machine.kernel.take(.inode(files[0]), by: second)
    }
    for task in [first, second] { shell.run("task \(task)", "continue") }
    let answer = try shell.result("info locks")
    #expect(answer["deadlock"].elements.count == 2)
    let cycle = try #require(answer["cycle"].text)
    #expect(cycle.hasPrefix("deadlock: task "))
    #expect(cycle.contains("waits for the inode lock of inode#1, which task \(second) (ftruncate) holds"))
    #expect(cycle.contains("waits for the inode lock of inode#2, which task \(first) (ftruncate) holds"))
    #expect(shell.run("info locks").contains("deadlock: task"))
  }

  @Test("Copies are counted by layer: two for a buffered read, one with DAX, none through a mapping")
  func copies() throws {
    var shell = Self.mounted(
      "dax", "pread 3 0 4096", "mmap 3 2M 2M prot=rw", "load 1 0 64", "store 1 0 seed=w len=100")
    let dax = try shell.result("info copies")
    #expect(column("layer", dax["rows"]) == ["dax-read", "load", "store"])
    #expect(column("count", dax["rows"]) == [1, 1, 1])
    #expect(column("bytes", dax["rows"]) == [4096, 64, 100])
    #expect(column("copies", dax["rows"]) == [1, 0, 0])
    #expect(dax["bytes_used"] == 4260)
    #expect(dax["bytes_copied"] == 4096)
    #expect(column("fault", dax["faults"]) == ["pmd"])
    #expect(dax["requests"].elements.first { $0["opcode"] == "SETUPMAPPING" }?["count"] == 3)
    let estimate = try shell.result("estimate")
    #expect(estimate["misses"] == 3)
    #expect(estimate["hits"] == 0)
    #expect(estimate["total_ns"] == 840_000)
    #expect(try shell.result("estimate miss=1 hit=2")["total_ns"] == 3000)
    #expect(shell.run("estimate").contains("not in the table: 1 LOOKUP, "))

    var plain = Self.mounted("dax=never", "pread 3 0 16384")
    let buffered = try plain.result("info copies")
    #expect(column("layer", buffered["rows"]) == ["page-fill", "page-read"])
    #expect(column("copies", buffered["rows"]) == [1, 1])
    #expect(buffered["bytes_copied"].number ?? 0 >= 2 * 16384)
    #expect(try plain.result("estimate")["reads"].number ?? 0 > 0)
    plain.run("reset")
    #expect(plain.run("estimate").hasPrefix("nothing has been read or written on this machine yet"))
  }

  @Test("A walk goes through every layer, and each value follows from the one before")
  func walk() throws {
    var shell = Self.mounted("dax", "pread 3 0 8", "pread 3 3M 8", "mmap 3 2M 4M", "load 1 1M 8")
    let digest = shell.session.machine.digest
    let step = shell.session.debugger.timeline.step
    let answer = try shell.result("walk a16m:0x300010")
    let rows = answer["rows"]
    #expect(
      column("stage", rows) == [
        "file", "file offset", "index", "range", "window offset", "pgoff", "physical", "pfn", "struct page",
        "kaddr", "host", "mapping 1",
      ])
    #expect(
      column("value", rows) == [
        "a16m", "0x300010", 1, 1, "0x300010", 768, "0x8000300010", "0x8000300", "0xffffea020000c000",
        "0xffff890000300010", "a16m:0x300010", "0x100000100010",
      ])
    #expect(answer["ends_at"] == nil)
    #expect(rows[4]["note"] == "1 * 0x200000 + 0x100010")
    #expect(rows[10]["note"] == "inode 2, mapped r: the same byte, so all agree")
    let back = try shell.result("walk 768")["rows"].elements
    #expect(back.last?["value"] == "a16m:0x300000")
    #expect(back.dropLast().last?["note"] == "window offset / 2 MiB; it is busy, with a16m from 0x200000 on")
    shell.run("walk a16m:15M", "walk b4m:0", "walk 99999")
    #expect(shell.session.machine.digest == digest, "a walk changes nothing")
    #expect(shell.session.debugger.timeline.step == step)
  }

  @Test("A walk says at which layer it ends")
  func ends() throws {
    var shell = Self.mounted("dax")
    #expect(try shell.result("walk b4m:0")["ends_at"] == "file")
    #expect(try shell.result("walk a16m:0")["ends_at"] == "range")
    #expect(shell.run("walk a16m:0").contains("The next access takes range 0 and sends SETUPMAPPING."))
    #expect(try shell.result("walk a16m:16M")["ends_at"] == "end of file")
    shell.run("host file holes zeros=4M", "pread holes 5 1")
    let hole = try shell.result("walk holes:5")["rows"].elements.last?["note"].text
    #expect(hole?.hasSuffix("a hole of the host's file, which reads as zeros") == true)
    shell.run("host file f/g/b4m size=4M", "pread f/g/b4m 2M 1")
    let walked = try shell.result("walk f/g/b4m:2M")["rows"].elements
    #expect(walked.contains { $0["value"] == "f/g/b4m:0x200000" })
    #expect(try shell.result("info inodes")["rows"].elements.last?["names"] == "f/g/b4m")
    #expect(try shell.result("walk b4m:0")["ends_at"] == "file", "it is another file")
    var plain = Self.mounted("dax=never")
    #expect(try plain.result("walk a16m:64k")["ends_at"] == "page cache")
    #expect(plain.run("walk a16m:64k").contains("not in the page cache"))
    plain.run("pread 3 64k 8")
    #expect(
      try plain.result("walk a16m:64k")["rows"].elements.last?["note"] == "0x10000 >> 12; in the page cache")
    plain.run("pwrite 3 100 text=hi")
    #expect(plain.run("walk a16m:0").contains("in the page cache, not up to date"))
  }

  @Test("A walk to nowhere is an error with advice")
  func nowhere() {
    var shell = Self.mounted()
    #expect(shell.complaint("walk").contains("hint: for example: walk 5, or walk a4m:3M"))
    #expect(shell.complaint("walk :").contains("the file is missing"))
    #expect(shell.complaint("walk :5").contains("the file is missing"))
    #expect(shell.complaint("walk a16m:").contains("the offset is missing"))
    #expect(shell.complaint("walk a16m").contains("hint: for example: walk a16m:3M"))
    #expect(shell.complaint("walk a16m:99999999999999999999").contains("does not fit in 64 bits"))
    #expect(shell.complaint("walk a16m:x").contains("`x` is not a number"))
    #expect(shell.complaint("walk nope:0").contains("there is no file `nope`"))
    #expect(shell.run("walk a16m:0xffffffffffffffff").contains("behind the end of a file"))
    var fresh = TestShell()
    #expect(fresh.complaint("walk a4m:0").contains("nothing is mounted from `myfs`"))
  }

  @Test("The window is drawn with what is in it, and after each command that changes it")
  func picture() throws {
    var shell = Self.mounted("dax")
    shell.session.options.width = 80
    #expect(!shell.run("pread 3 0 8").contains("┌"), "it is not shown unless asked for")
    #expect(
      shell.run("picture window") == """
        window: 8 MiB at 0x8000000000, in ranges of 2 MiB, 3 of 4 free
        ┌────────────┬─────────┐
        │░ a16m#0 r ░│ free ×3 │
        └────────────┴─────────┘
         0            2M

        """)
    shell.run("picture on")
    #expect(!shell.run("pread 3 0 8 show=crc").contains("┌"), "nothing has changed")
    #expect(
      shell.run("pwrite 3 0 text=hi") == """
        pwrite returned 2
          → GETXATTR a16m name=security.capability = -ENOSYS
          → SETUPMAPPING a16m foffset=0 len=2097152 flags=3 moffset=0
        window: 4 ranges of 2 MiB, 3 of 4 free
        ┌─────────────┬─────────┐
        │█ a16m#0 rw █│ free ×3 │
        └─────────────┴─────────┘
         0             2M

        """)
    shell.run("close 3")
    #expect(shell.run("umount myfs").contains("window: not in use\n"))
    shell.run("mount myfs dax", "picture off")
    #expect(!shell.run("pread a16m 0 8").contains("┌"))
    shell.run("picture on", "set format json")
    #expect(try JSON(shell.run("pread a16m 2M 8"))["ok"] == .bool(true), "JSON stays a line")
  }

  @Test("A large window is drawn in few lines, and none is wider than allowed", arguments: [40, 80])
  func largeWindow(width: Int) {
    var shell = TestShell()
    shell.session.options.width = width
    shell.run("new window=64G", "host file big size=1G", "probe", "mount myfs dax", "open big rw")
    for piece in 0..<300 { shell.run("pread 3 \(2 * piece)M 1") }
    shell.run("pwrite 3 7M text=hi")
    let lines = shell.run("picture window").split(separator: "\n")
    #expect(lines.count < 12, "\(lines)")
    #expect(lines.allSatisfy { displayWidth(String($0)) <= width }, "\(lines)")
    #expect(lines.contains { $0.contains("big#4-299 r ×296") })
    #expect(lines.contains { $0.contains("free ×32468") })
    for line in ["info ranges", "info inodes", "info locks", "walk big:3M"] {
      let text = shell.run(line).split(separator: "\n")
      #expect(text.allSatisfy { displayWidth(String($0)) <= width }, "\(line)")
      #expect(text.count < 90, "\(line)")
    }
  }

  @Test("Requests are a diagram with both directions")
  func requests() throws {
    var shell = Self.mounted("dax=never", "pread 3 0 100", "host fail FSYNC EIO", "fsync 3")
    let picture = shell.run("requests")
    #expect(picture.hasPrefix("guest"))
    #expect(picture.contains("OPEN a16m flags=0x2"))
    #expect(picture.contains(" fh 1 │\n"))
    #expect(picture.contains("READ a16m offset=0 size=16384 read_flags=0 ─"))
    #expect(picture.contains(" 16384 bytes │\n"))
    #expect(picture.contains(" node 2, 16777216 bytes │\n"))
    #expect(picture.contains(" -EIO │\n"))
    #expect(Set(picture.split(separator: "\n").dropFirst().map { displayWidth(String($0)) }).count == 1)
    #expect(try shell.result("requests")["rows"].elements.last?["reply"] == "-EIO")
  }
}
