import Testing

@testable import DaxModel

/// Call traces recorded on Linux 6.12 against the order in which the model runs the same functions.
@Suite struct CallTraceTests {
  /// Functions of a recording that the model does not have, and why.
  static let leftOut: [(why: String, functions: [String])] = [
    (
      "they run when an RCU grace period ends, at another time in every recording",
      ["dax_free_inode"]
    ),
    (
      "they are the halves of a step that the model does in one go: registers of virtio-pci",
      [
        "vp_modern_set_status", "vp_modern_get_features", "vp_modern_set_features", "vp_config_vector",
        "vp_modern_config_vector", "vp_synchronize_vectors",
      ]
    ),
    (
      "they are details of one queue, or ways to find its interrupt",
      [
        "vp_find_vqs", "vp_find_vqs_msix", "vp_find_one_vq_msix", "vp_avq_index", "setup_vq", "vp_is_avq",
        "vp_modern_get_num_queues", "vp_modern_get_queue_size", "vp_modern_get_queue_enable", "vp_active_vq",
        "vp_modern_set_queue_size", "vp_modern_queue_address", "vp_modern_queue_vector",
        "vp_modern_map_vq_notify",
        "del_vq", "vring_del_virtqueue",
      ]
    ),
    (
      "they are below the memory hot-plug that the model does section by section in one go",
      [
        "init_memory_mapping", "kernel_physical_mapping_init", "add_pages", "sparse_add_section",
        "__remove_pages",
        "sparse_remove_section",
      ]
    ),
    (
      "they are in the device inode's making and unmaking",
      ["dax_set", "truncate_pagecache", "unmap_mapping_range"]
    ),
  ]

  /// Functions of the model that no recording shows, and why.
  static let unseen: [(why: String, functions: [FunctionID])] = [
    (
      "the recordings begin at the virtio bus",
      [
        .deviceDriverAttach, .driverProbeDevice, .reallyProbe, .deviceReleaseDriverInternal,
        .deviceReleaseDriver,
      ]
    ),
    (
      "the compiler inlined them",
      [
        .virtioFsReadTag, .virtioFsSetupVqs, .virtioFsSetupDax, .virtioFsAddInstance, .pagemapRange,
        .pageunmapRange,
      ]
    ),
  ]

  struct Recording: Sendable, CustomTestStringConvertible {
    var file: String
    /// What the device's window was; nil where the whole file is an unbind.
    var window: ByteCount
    var isUnbind = false
    var testDescription: String { file }
  }

  static let recordings = [
    Recording(file: "bind", window: ByteCount(64 << 20)),
    Recording(file: "unbind", window: ByteCount(64 << 20), isUnbind: true),
    Recording(file: "bind-fails-5MiB-window", window: ByteCount(5 << 20)),
    Recording(file: "bind-fails-zero-length", window: ByteCount(0)),
  ]

  @Test("The model runs what was recorded, in that order", arguments: recordings)
  func order(_ recording: Recording) throws {
    let modelled = Set(FunctionID.allCases.map(\.name) + AtomicFunction.allCases.map(\.rawValue))
    let leftOut = Set(Self.leftOut.flatMap(\.functions))
    var recorded: [String] = []
    for name in try Self.functions(in: "calls/\(recording.file).txt") where !leftOut.contains(name) {
      try #require(
        modelled.contains(name), "\(name) is neither in the model nor in the table of what is left out")
      recorded.append(name)
    }

    var machine = try Machine.standard(.v6_12, window: recording.window)
    if recording.isUnbind { #expect(machine.probe() == .success) }
    let events = machine.run(recording.isUnbind ? machine.startRemove(0) : machine.startProbe(0))
    expectCallsAsNoted(events, in: .v6_12)
    let unseen = Set(Self.unseen.flatMap(\.functions).map(\.name) + leftOut)
    #expect(Self.functions(of: events).filter { !unseen.contains($0) } == recorded)
  }

  @Test("Nothing that is left out is also compared")
  func tables() {
    let names = Self.leftOut.flatMap(\.functions)
    #expect(Set(names).count == names.count)
    let functions = Set(FunctionID.allCases.map(\.name))
    for name in names { #expect(!functions.contains(name)) }
  }

  @Test("On other transports no function of virtio-pci runs", arguments: [Transport.mmio, .ccw])
  func otherTransports(_ transport: Transport) throws {
    var machine = try Machine.standard(.v6_12, transport: transport)
    var events = machine.run(machine.startProbe(0))
    events += machine.run(machine.startRemove(0))
    #expect(Self.functions(of: events).filter { $0.hasPrefix("vp_") } == [])
  }

  /// The functions of a recording in the order of their calls; `x2` counts twice.
  static func functions(in file: String) throws -> [String] {
    try Fixtures.text(file).split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("/*") }
      .flatMap { line in
        let parts = line.split(separator: " ")
        let times = parts.count > 1 ? Int(parts[1].dropFirst()) ?? 1 : 1
        return [String](repeating: String(parts[0]), count: times)
      }
  }

  /// The functions that a task ran, in the order of their calls.
  static func functions(of events: [StepEvent]) -> [String] {
    events.flatMap { event in
      var names: [String] = event.observations.compactMap {
        if case .ran(let function) = $0 { function.rawValue } else { nil }
      }
      if case .called(let function) = event.outcome { names.append(function.name) }
      return names
    }
  }
}
