import DaxModel

extension Command {
  private var busOptions: [CommandInfo.Option] {
    [
      .init("width", [], "bus: bytes that a cycle moves"),
      .init("alignment", [], "bus: what the offset of a cycle is a multiple of"),
      .init("order", ["little", "big"], "bus: whether the bytes of a cycle are turned around"),
      .init("bytes", ["yes", "no"], "bus: whether there are cycles of one byte for ragged ends"),
      .init("errors", ["reported", "lost"], "PCI instructions: whether the caller hears of a failure"),
    ]
  }

  var copyingInfo: CommandInfo {
    switch self {
    case .copy:
      CommandInfo(
        .copying,
        "copy to_iter|from_iter OFFSET LEN [engine=NAME] [memory_offset=N] [segments=N,…] [fault=BYTE]",
        "copy out of the window or into it, as a read or a write does",
        detail:
          "to_iter copies from the window to the caller, from_iter to the window. The memory begins memory_offset bytes into its page; segments cuts it into buffers; fault names a byte whose page is not there. Every access is counted and shown. Without engine, what the kernel does by itself.",
        arguments: [.direction, .number, .number],
        options: [
          .init("engine", CopyEngine.names, "how the copy is made"),
          .init("memory_offset", [], "where the memory begins in its page"),
          .init("segments", [], "the lengths of the buffers: 100,200"),
          .init("fault", [], "a byte of the memory whose page is not there"),
        ] + busOptions,
        examples: [
          "probe", "copy to_iter 0 4096", "copy to_iter 0 4096 engine=zpci-a memory_offset=1",
          "copy from_iter 0 8192 fault=5000",
        ], related: [.engine, .chunks, .compare])
    case .engine:
      CommandInfo(
        .copying,
        "engine [NAME|auto] [width=N] [alignment=N] [order=little|big] [bytes=yes|no] [errors=reported|lost]",
        "list the copy engines, or choose one for all copies",
        detail: "auto is what the kernel does by itself: a plain copy on either architecture.",
        arguments: [.engine], options: busOptions,
        examples: ["engine", "engine bus width=2 order=big", "engine auto"], related: [.copy, .compare])
    case .chunks:
      CommandInfo(
        .copying, "chunks OFFSET LEN [memory_offset=N] [direction=to_iter|from_iter] [rules=strict|lenient]",
        "which instructions s390 uses for a copy, by both rules, and how alignment matters",
        arguments: [.number, .number],
        options: [
          .init("memory_offset", [], "where the memory begins in its page"),
          .init("direction", ["to_iter", "from_iter"], "only one of the two"),
          .init("rules", ["strict", "lenient"], "as the emulation checks, or as hardware may"),
        ],
        examples: ["chunks 0 4096", "chunks 0xfc0 128 direction=from_iter", "chunks 3 13 memory_offset=3"],
        related: [.copy, .engine])
    default:
      CommandInfo(
        .copying, "compare COMMAND…", "the same command on four machines, side by side",
        detail:
          "x86-64, s390x as patched (the remap is taken to succeed), s390x done right (PCI instructions by rule A, which is refused nowhere, whatever the release), and s390x with the window in guest memory. The machines are made anew, with the present release and window, and probed.",
        arguments: [.command],
        examples: ["compare copy to_iter 0 4096", "compare copy to_iter 0 4096 memory_offset=1"],
        related: [.copy, .new])
    }
  }
}
