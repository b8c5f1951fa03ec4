import Testing

@testable import DaxModel

/// Call traces of whole workloads, recorded on Linux 6.12, against the order in which the model runs the functions that it has.
@Suite struct FileCallTraceTests {
  /// Functions of the recordings that the model does not have by that name, and why.
  static let leftOut: [(why: String, functions: [String])] = [
    (
      "they are what a request to the server goes through: `fuse_simple_request()` is inlined, and the model has it",
      [
        "fuse_request_alloc", "fuse_args_to_req", "fuse_send_one", "fuse_get_unique", "fuse_drop_waiting",
        "fuse_simple_background", "virtio_fs_send_req", "virtio_fs_enqueue_req", "virtio_fs_vq_done",
        "virtio_fs_requests_done_work", "virtio_fs_request_complete", "virtio_fs_request_dispatch_work",
        "virtio_fs_send_forget", "fuse_alloc_forget", "fuse_queue_forget", "fuse_invalid_attr",
        "fuse_unlock_inode", "fuse_lock_owner_id",
      ]
    ),
    (
      "they are pieces of making a mount or of ending it, each part of a line of the model",
      [
        "virtio_fs_init_fs_context", "virtio_fs_free_fsc", "fuse_backing_files_init",
        "fuse_backing_files_free", "fuse_fill_super_common", "fuse_ctl_add_conn", "fuse_ctl_remove_conn",
        "fuse_dax_check_alignment", "fuse_set_initialized", "fuse_mount_remove", "fuse_mount_destroy",
        "fuse_send_destroy", "fuse_abort_conn", "fuse_wait_aborted", "fuse_dax_cancel_work",
        "fuse_dax_conn_free", "fuse_free_dax_mem_ranges", "fuse_sync_fs", "virtio_fs_fiq_release",
        "virtio_fs_drain_queue", "virtio_fs_get_tree",
      ]
    ),
    (
      "they are pieces of making an inode or of filling it in, each part of a line of the model",
      [
        "fuse_iget", "fuse_alloc_inode", "fuse_inode_init_once", "fuse_inode_set", "fuse_init_inode",
        "fuse_init_common", "fuse_init_dir", "fuse_init_file_inode", "fuse_dax_inode_alloc",
        "fuse_dax_inode_init", "fuse_dax_dontcache", "fuse_change_attributes", "fuse_change_attributes_i",
        "fuse_change_attributes_common",
      ]
    ),
    (
      "they are between the system call and the function of the file system that the model has",
      [
        "fuse_atomic_open", "fuse_lookup_name", "fuse_lookup_init", "fuse_allow_current_process",
        "fuse_file_open", "fuse_file_alloc", "fuse_send_open", "fuse_finish_open", "fuse_file_io_open",
        "fuse_file_io_release", "fuse_file_mmap", "fuse_dax_mmap", "fuse_file_release",
        "fuse_prepare_release",
        "fuse_file_put", "fuse_flush", "fuse_set_nowrite", "fuse_release_nowrite", "fuse_flush_writepages",
        "invalidate_inode_pages2_range", "fuse_xattr_get",
      ]
    ),
    (
      "they are pieces of a copy or a page fault, each part of a line of the model",
      [
        "iomap_iter", "fuse_fill_iomap", "fuse_iomap_end", "dax_read_lock", "dax_read_unlock",
        "dax_get_private", "dax_iomap_fault", "grab_mapping_entry",
        "dax_fault_iter", "dax_iomap_direct_access", "dax_insert_entry", "dax_disassociate_entry",
        "vmf_insert_pfn_pmd", "dax_unlock_entry", "dax_wake_entry", "fuse_dax_huge_fault",
        "dax_delete_mapping_entry", "__dax_invalidate_entry", "fuse_dax_inode_cleanup",
        "fuse_send_removemapping", "dmap_reinit_add_to_free_pool", "dmap_writeback_invalidate",
        "dax_layout_busy_page_range", "filemap_fdatawrite_range",
      ]
    ),
    (
      "they belong to what runs beside: processes that end, devices that come and go",
      [
        "untrack_pfn", "devres_release_all", "truncate_pagecache", "unmap_mapping_range", "fuse_show_options",
      ]
    ),
    (
      "the program that recorded looks at the mount point before it begins, and seeks before it reads",
      ["fuse_permission", "virtio_fs_parse_param", "fuse_file_llseek"]
    ),
  ]

  /// Functions of the model that no recording shows, and why.
  static let unseen: [(why: String, functions: [String])] = [
    (
      "the compiler inlined them",
      [
        "fuse_simple_request", "virtio_fs_fill_super", "fuse_setup_new_dax_mapping",
        "fuse_upgrade_dax_mapping", "alloc_dax_mapping_reclaim", "dax_iomap_iter", "fuse_conn_destroy",
        "lookup_and_reclaim_dmap", "inode_inline_reclaim_one_dmap",
      ]
    ),
    ("they lie above the file system", ["link_path_walk"]),
    ("nobody looked for names that begin with `virtio_kill`", ["virtio_kill_sb"]),
    ("they are too small and too common to have been recorded", ["_copy_to_iter", "_copy_from_iter"]),
  ]

  /// What a person did while the functions were recorded.
  struct Recording: Sendable, CustomTestStringConvertible {
    var name: String
    var ranges: UInt64 = 32
    var calls: [SystemCall]
    /// Behind how many of the calls the device was unbound.
    var unbindsAfter: Int?
    var testDescription: String { name }
  }

  static let recordings = [
    Recording(name: "workload-read4k_0", calls: [.pread(3, offset: 0, buffer(4096))]),
    Recording(name: "workload-read_cross_2m", calls: [.pread(3, offset: 2_093_056, buffer(8192))]),
    Recording(
      name: "workload-mmap_read",
      calls: [
        .mmap(3, MapRequest(length: 4 << 20)), .load(1, offset: 0, buffer(4096)),
        .load(1, offset: 2_097_152, buffer(4096)), .munmap(1),
      ]),
    Recording(
      name: "workload-read_then_pwrite",
      calls: [
        .pread(3, offset: 0, buffer(4096)), .pwrite(3, offset: 0, buffer(4096)),
        .pread(3, offset: 0, buffer(4096)), .pwrite(3, offset: 2_097_152, buffer(4096)),
        .pread(3, offset: 2_097_152, buffer(4096)),
      ]),
    Recording(
      name: "unbind-while-mounted",
      calls: [
        .pread(3, offset: 0, buffer(4096)), .pread(3, offset: 2_097_152, buffer(4096)), .stat("another"),
      ], unbindsAfter: 1),
  ]

  /// 16 MiB, 128 KiB at a time, through a window of 8 MiB.
  static let reclaiming = Recording(
    name: "workload-w8m_seq16m", ranges: 4,
    calls: (0...128).map { .pread(3, offset: $0 << 17, buffer(1 << 17)) })

  private static func buffer(_ length: UInt64) -> IovIter { IovIter(buffers: [length], on: .x86_64) }

  @Test("The model runs what was recorded, in that order", arguments: recordings)
  func order(_ recording: Recording) throws {
    var (ran, recorded) = try Self.compared(recording)
    if recording.unbindsAfter != nil {
      let place = try #require(recorded.firstIndex(of: "__release_region")) + 1
      let read = place..<place + Self.readOfFreedDevice.count
      #expect(Array(recorded[read]) == Self.readOfFreedDevice)
      recorded.removeSubrange(read)
    }
    #expect(ran == recorded)
  }

  /// When the worker runs differs from one recording to the next, and with it whether a piece must be mapped twice; what
  /// each of them does is the same.
  @Test("A reader and the worker that frees ranges for it each run what was recorded, in that order")
  func reclaim() throws {
    let (ran, recorded) = try Self.compared(Self.reclaiming)
    let work = ["fuse_dax_break_layouts", "reclaim_one_dmap_locked"]
    let setup = ["alloc_dax_mapping", "fuse_setup_one_mapping"]
    let others = ["fuse_dax_free_mem_worker"] + work + setup
    #expect(ran.filter { !others.contains($0) } == recorded.filter { !others.contains($0) })
    for functions in [ran, recorded] {
      let pieces = functions.filter { setup.contains($0) }
      #expect(pieces.count >= 16)
      #expect(pieces == (0..<pieces.count).map { setup[$0 % 2] })
      let done = functions.filter { work.contains($0) }
      #expect(done.count >= 8)
      #expect(done == (0..<done.count).map { work[$0 % 2] })
    }
  }

  /// The functions that the model ran and those of the recording, without those that only one of them has.
  private static func compared(_ recording: Recording) throws -> (ran: [String], recorded: [String]) {
    let leftOut = Set((Self.leftOut + CallTraceTests.leftOut).flatMap(\.functions))
    let recorded = try CallTraceTests.functions(in: "calls/\(recording.name).txt")
      .filter { !leftOut.contains($0) }
    let modelled = Set(FunctionID.allCases.map(\.name) + AtomicFunction.allCases.map(\.rawValue))
    for name in recorded {
      #expect(modelled.contains(name), "\(name) is neither in the model nor in the table of what is left out")
    }
    let inlined = Self.unseen.flatMap(\.functions) + CallTraceTests.unseen.flatMap(\.functions).map(\.name)
    let unseen = leftOut.union(inlined)
    let events = try run(recording)
    expectCallsAsNoted(events, in: .v6_12)
    return (CallTraceTests.functions(of: events).filter { !unseen.contains($0) }, recorded)
  }

  /// After the unbind a mapped piece was read too. Linux looks into a DAX device that has been freed then; the model says
  /// so, and the machine dies.
  static let readOfFreedDevice = [
    "fuse_file_read_iter", "fuse_dax_read_iter", "dax_iomap_rw", "fuse_iomap_begin", "dax_direct_access",
  ]

  /// Mounts, opens, does what was done, closes and unmounts.
  private static func run(_ recording: Recording) throws -> [StepEvent] {
    let attachment = try MachineConfiguration.syntheticDevice(
      release: .v6_12, window: ByteCount(recording.ranges << 21))
    var device = MachineConfiguration.Device(attachment)
    try device.files.hostCreate("f", .pattern(size: ByteCount(16 << 20), seed: "f"))
    var machine = Machine(MachineConfiguration(release: .v6_12, devices: [device]))
    #expect(machine.probe() == .success)
    var events = machine.run(machine.startMount("myfs", .dax))
    events += machine.run(machine.start(.open("f", .readWrite)))
    for (index, call) in recording.calls.enumerated() {
      if index == recording.unbindsAfter { events += machine.run(machine.startRemove(0)) }
      events += machine.run(machine.start(call))
      events += machine.runWorkers()
    }
    events += machine.run(machine.start(.close(3)))
    let unmount = machine.startUnmount("myfs")
    return events + machine.run(try #require(unmount))
  }

  @Test("Nothing is in two tables")
  func tables() {
    let names = Self.leftOut.flatMap(\.functions) + Self.unseen.flatMap(\.functions)
    #expect(Set(names).count == names.count)
  }
}
