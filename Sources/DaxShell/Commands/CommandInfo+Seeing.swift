extension Command {
  var seeingInfo: CommandInfo {
    switch self {
    case .list:
      CommandInfo(
        .seeing, "list [FUNCTION]", "the lines of a function, with a cursor",
        detail:
          "`=>` is the line that runs next, `*` a breakpoint. The order is that of the machine's release.",
        arguments: [.function], examples: ["list virtio_fs_setup_dax", "list memunmap_pages"],
        related: [.where, .explain])
    case .where:
      CommandInfo(
        .seeing, "where [TASK]", "the call stack of a task", arguments: [.task],
        examples: ["start alloc_dax", "where"], related: [.list, .task])
    case .explain:
      CommandInfo(
        .seeing, "explain [LINE|FUNCTION|ERRNO|TOPIC]", "what a line does and why, or what a thing is",
        detail:
          "Without an argument, the line that runs next. Topics are ideas of the kernel such as devres or percpu_ref, and of files such as range, SETUPMAPPING, page-cache or SIGBUS.",
        arguments: [.topic],
        examples: ["explain devres", "explain range", "explain virtio_fs_setup_dax.remapPages", "explain ENXIO"],
        related: [.list, .apropos])
    case .info:
      CommandInfo(
        .seeing, "info [TOPIC]", "every object of the model; alone it lists the topics",
        detail:
          "What there is of files: `info ranges`, `info inodes`, `info mappings`, `info pagecache`, `info locks`, `info copies`, `info requests` and `info host`.",
        arguments: [.infoTopic],
        examples: [
          "info", "probe", "info devres", "info refs", "host file a4m size=4M", "mount myfs dax",
          "pread a4m 0 8", "info ranges", "info inodes", "info locks", "info copies",
        ], related: [.pages, .iomem, .log, .walk])
    case .log:
      CommandInfo(
        .seeing, "log [N]", "the kernel log, or its last N lines",
        detail:
          "In front is the level, from 3 (error) to 7 (debug). Most kernels keep lines of level 7 to themselves, even in dmesg; `probe` and `step` mark them with debug.",
        arguments: [.number],
        examples: ["probe", "log"],
        related: [.info])
    case .iomem:
      CommandInfo(
        .seeing, "iomem", "who owns which physical addresses, as /proc/iomem", examples: ["probe", "iomem"],
        related: [.info])
    case .pages:
      CommandInfo(
        .seeing, "pages [PGOFF [N]]", "struct pages of the window", arguments: [.number],
        examples: ["probe", "pages", "pages 0 4"], related: [.walk])
    case .diff:
      CommandInfo(
        .seeing, "diff [FROM [TO]]", "what the last step changed, or what lies between two steps",
        arguments: [.number], examples: ["probe", "diff", "diff 0"],
        related: [.history, .whatif])
    case .walk:
      CommandInfo(
        .seeing, "walk PGOFF|FILE:OFFSET", "one byte through every layer",
        detail:
          "From a page of the window, or from a byte of a file: index, range, window offset, pfn, struct page, kernel address, the host's file, and where the process has it mapped. Where the way ends it says why. Nothing is looked up or mapped for it: the machine stays as it is.",
        arguments: [.walkStart],
        examples: [
          "host file a4m size=4M", "probe", "walk 5", "mount myfs dax", "pread a4m 3M 8", "walk a4m:3M",
          "walk a4m:0",
        ], related: [.directAccess, .pages, .info])
    case .picture:
      CommandInfo(
        .seeing, "picture [window|devres|stack|on|off]",
        "the window, the devres stack or the call stack in boxes",
        detail:
          "A window that is mounted shows each range of 2 MiB: FILE#INDEX and how it is mapped, free, taken (about to be used) or reclaiming. With more than eight ranges, pieces that follow each other are one cell. `picture on` shows it after each command that changes it, until `picture off`.",
        arguments: [.picture],
        examples: [
          "probe", "picture", "host file a4m size=4M", "mount myfs dax", "picture on", "pread a4m 0 8",
        ],
        related: [.info, .walk])
    default:
      CommandInfo(
        .seeing, "oops", "how the machine died, if it has",
        examples: ["oops", "direct_access 0 1 layer=driver", "oops"],
        related: [.where, .back])
    }
  }

  var doingInfo: CommandInfo {
    switch self {
    case .directAccess:
      CommandInfo(
        .doing, "direct_access PGOFF [NR] [layer=driver|core] [outputs=both|kaddr|pfn|none]",
        "ask where a page of the window is, and for how many pages",
        detail:
          "layer=core is dax_direct_access(), with its checks; layer=driver is the driver's function alone.",
        arguments: [.number, .number],
        options: [
          .init("layer", ["core", "driver"], "who is asked"),
          .init("outputs", ["both", "kaddr", "pfn", "none"], "which results are wanted"),
        ],
        examples: ["probe", "direct_access 0 512", "direct_access 16384 1", "direct_access 16385 1"],
        related: [.walk, .x])
    case .zeroPageRange:
      CommandInfo(
        .doing, "zero_page_range PGOFF [NR]", "clear a page of the window", arguments: [.number, .number],
        examples: ["probe", "zero_page_range 1", "x pgoff:1 2"], related: [.x])
    case .x:
      CommandInfo(
        .doing, "x ADDRESS [N] [access=load|store|copy] [by=kernel|nofault|mapping|buffer]",
        "examine N words of memory, without a fault",
        detail:
          "ADDRESS is a kernel address, window, window+OFFSET, pgoff:N or phys:ADDRESS. Until somebody writes to the window, each 8-byte word holds its own physical address. Below the words it says what the address is on either architecture, and what becomes of an ordinary access there: by the kernel; by a kernel that is prepared for a fault; by a program that has mapped it; or for a program that hands it to write() as a buffer.",
        arguments: [.number],
        options: [
          .init("access", ["load", "store", "copy"], "what is done there"),
          .init("by", ["kernel", "nofault", "mapping", "buffer"], "who does it"),
        ],
        examples: [
          "probe", "x window 2", "x phys:0x8000001000 1", "new arch=s390x", "x window+0x40 1",
          "x window 1 by=mapping",
        ],
        related: [.walk, .zeroPageRange, .insn])
    case .insn:
      CommandInfo(
        .doing, "insn [NAME [FIELD=VALUE…]]", "run one zPCI instruction, or list them",
        detail:
          "On s390x with PCI it runs on the current device's function. Where there is none, or a field says what the function is like (state, handle, region, maxstbl, ioat, iota, irqs, pba, pal, dma_avail, walk, present, mio, zpci, rules), it runs on a function made for it. Handle and address space default to those of the function and of the window's BAR. `explain NAME` lists what an instruction checks.",
        arguments: [.instruction],
        options: InstructionField.allCases.map { .init($0.rawValue, $0.values, $0.summary) },
        examples: [
          "insn", "insn PCILG len=4 offset=6", "insn PCISTB len=64 offset=0xfc0 region=plain-ram",
          "new arch=s390x", "insn PCISTG data=0xabcd len=2", "insn PCILG len=2",
        ], related: [.explain, .inject, .zpci])
    case .zpci:
      CommandInfo(
        .doing, "zpci [STATE|on|off]", "the zPCI functions, their cookies and counters; or change a state",
        detail:
          "off takes the power from the slot of the current device: every instruction then ends with condition code 3. on gives it back, and the same cookies work again.",
        arguments: [.zpciState],
        examples: ["zpci", "new arch=s390x", "zpci", "zpci error", "insn PCILG", "zpci on"],
        related: [.insn, .info])
    default:
      CommandInfo(
        .doing, "shm_region [ID]", "where a shared-memory region is: as Linux finds it, and strictly",
        arguments: [.number], examples: ["shm_region 0", "shm_region 1"], related: [.lspci, .info])
    }
  }

  var sessionInfo: CommandInfo {
    switch self {
    case .help:
      CommandInfo(
        .session, "help [COMMAND]", "list the commands, or tell about one", arguments: [.command],
        examples: ["help", "help step"], related: [.apropos, .explain])
    case .apropos:
      CommandInfo(
        .session, "apropos WORD", "search commands, topics and the lines of the kernel", arguments: [.topic],
        examples: ["apropos underflow", "apropos percpu"], related: [.help, .explain])
    case .expect:
      CommandInfo(
        .session, "expect FIELD OPERATOR VALUE", "test the last result; exit code 2 if it is not met",
        detail:
          "Operators: == != < <= > >= contains matches exists missing. A field may be a path: devices.0.window.len.",
        arguments: [.field, .comparison],
        examples: ["probe", "expect return == 0", "expect devices.0.bound == true"],
        related: [.source])
    case .source:
      CommandInfo(
        .session, "source FILE", "run the lines of a script", arguments: [.file],
        examples: ["source Examples/underflow.dax"], related: [.expect, .set])
    case .set:
      CommandInfo(
        .session, "set [NAME VALUE]", "show or change how the shell behaves",
        arguments: [.setting, .settingValue],
        examples: ["set", "set format json", "set format text"], related: [.help])
    case .version:
      CommandInfo(.session, "version", "which version this is", examples: ["version"], related: [.help])
    default:
      CommandInfo(.session, "quit [CODE]", "leave; Ctrl-D does it too", examples: ["quit"], related: [.help])
    }
  }
}
