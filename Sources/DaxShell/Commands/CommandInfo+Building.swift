import DaxModel

extension Command {
  /// What there is to say about the command.
  var info: CommandInfo {
    switch self {
    case .new, .lspci, .use, .device, .transport, .releases, .diffRelease, .reset: buildingInfo
    case .probe, .remove, .mount, .umount, .start, .step, .next, .finish, .continue, .until, .back, .goto:
      runningInfo
    case .break, .delete, .breakpoints, .inject, .task, .spawn, .whatif, .history: controlInfo
    case .list, .where, .explain, .info, .log, .iomem, .pages, .diff, .walk, .picture, .oops: seeingInfo
    case .directAccess, .zeroPageRange, .x, .shmRegion, .insn, .zpci: doingInfo
    case .copy, .engine, .chunks, .compare: copyingInfo
    case .open, .close, .pread, .pwrite, .cat, .dd, .ls, .stat, .fsync, .truncate, .fallocate, .unlink,
      .dropCaches,
      .mmap, .munmap, .mprotect, .load, .store, .msync, .lseek, .sendfile, .copyFileRange, .exec, .requests,
      .estimate:
      fileInfo
    case .host, .share, .conform, .trace: hostingInfo
    case .explore, .verify, .try: exploringInfo
    case .help, .apropos, .expect, .source, .set, .version, .quit: sessionInfo
    }
  }

  private var buildingInfo: CommandInfo {
    switch self {
    case .new:
      CommandInfo(
        .building,
        "new [arch=x86_64|s390x] [kernel=REL] [window=SIZE|none] [transport=pci|mmio|ccw] [base=ADDR] …",
        "make a machine with one virtio-fs device",
        detail:
          "The machine before is kept in the history: `back` returns to it. What is not given is as in the machine of the beginning: 6.12, PCI, 64 MiB. A machine of release patch-v2 gets a device that speaks the draft of that time. On s390x a BAR has no address; what is there instead depends on `mio`, and `assume` tells what would follow if the window could be mapped all the same.",
        options: [
          .init("arch", ["x86_64", "s390x"], "the architecture"),
          .init("kernel", KernelRelease.all.map { $0.name }, "the Linux that runs on it"),
          .init("window", ["none"], "the length of the DAX window, such as 64M"),
          .init("transport", ["pci", "mmio", "ccw"], "how the device is attached"),
          .init("base", [], "where the window begins; a multiple of its size"),
          .init(
            "assume", ["remap", "memory"],
            "s390x: take it that the window can be mapped, or that it is memory of the guest"),
          .init("mio", ["yes", "no"], "s390x: whether BARs are mapped, for the MIO instructions"),
          .init(
            "zpci", ["strict", "lenient", "emulation"],
            "s390x: how strictly instructions are checked; the emulation also refuses windows"),
          .init("tag", [], "the name by which it is mounted, at most 36 bytes"),
          .init("queues", [], "the number of request queues"),
          .init("altmap", ["yes", "no"], "what if the struct pages were kept inside the window"),
          .init(
            "stack", ["zero", "garbage"],
            "what variables hold that nobody has set: it matters in 6.16 and 6.17-rc1"),
        ],
        examples: [
          "new kernel=5.10 window=1G", "new transport=ccw", "new kernel=patch-v2 window=none",
          "new arch=s390x kernel=7.3",
        ],
        related: [.lspci, .releases, .reset])
    case .lspci:
      CommandInfo(
        .building, "lspci FILE [resources=FILE]", "read the PCI functions of a real dump",
        detail:
          "The dump is what `lspci -xxxx` prints, decoded lines in between or not. It does not hold the sizes of BARs: they come from `[size=…]` lines, or from a file with a line `slot BAR start end flags` for each.",
        arguments: [.file], options: [.init("resources", [], "a file with the sizes of the BARs")],
        examples: [
          "lspci Examples/machines/virtiofs-dax.lspci.txt resources=Examples/machines/virtiofs-dax.resources.txt"
        ],
        related: [.use, .shmRegion])
    case .use:
      CommandInfo(
        .building, "use SLOT [barN=SIZE]… [tag=TAG] [queues=N] [kernel=REL]",
        "make a machine of a function of the dump",
        detail: "Sizes of BARs that are not known are asked for, not guessed.", arguments: [.slot],
        options: [
          .init("bar0", [], "the size of BAR 0; likewise bar1 to bar5"), .init("tag", [], "the tag"),
          .init("queues", [], "the number of request queues"),
          .init("kernel", KernelRelease.all.map { $0.name }, "the Linux that runs on it"),
          .init("stack", ["zero", "garbage"], "what variables hold that nobody has set"),
        ],
        examples: [
          "lspci Examples/machines/virtiofs-dax.lspci.txt", "use 00:02.0 bar1=4k bar2=64M bar4=16k", "probe",
        ],
        related: [.lspci, .probe])
    case .device:
      CommandInfo(
        .building, "device [N | add [window=SIZE] [base=ADDR] [tag=TAG] [queues=N]]",
        "show the devices, choose one, or add one",
        detail: "Devices are found when the machine starts, so adding one starts it anew.",
        arguments: [.device],
        options: [
          .init("window", [], "the length of its window"), .init("base", [], "where the window begins"),
          .init("tag", [], "its tag"), .init("queues", [], "its number of request queues"),
        ],
        examples: ["device", "device add tag=myfs", "probe", "device 1", "probe"], related: [.new, .info])
    case .transport:
      CommandInfo(
        .building, "transport [pci|mmio|ccw]", "show how the device is attached, or attach it otherwise",
        arguments: [.transport], examples: ["transport", "transport mmio", "shm_region 0"],
        related: [.new, .shmRegion])
    case .releases:
      CommandInfo(
        .building, "releases", "what each Linux release does, switch by switch",
        detail:
          "Shown are builds for the architecture of the machine. A switch with a star: in which release it changed is not confirmed.",
        examples: ["releases"],
        related: [.diffRelease, .new])
    case .diffRelease:
      CommandInfo(
        .building, "diff-release A B", "in what two Linux releases differ",
        detail: "Compared are builds for the architecture of the machine.", arguments: [.release, .release],
        examples: ["diff-release patch-v2 5.10", "diff-release 6.1 6.12"], related: [.releases])
    default:
      CommandInfo(
        .building, "reset", "start the same machine anew",
        detail:
          "It is one step of the history, so `back` undoes it. What `try` has changed stays changed, and the files of the host stay as they are; `new` drops both.",
        examples: ["probe", "reset"],
        related: [.new, .back])
    }
  }
}
