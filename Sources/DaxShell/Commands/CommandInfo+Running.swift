import DaxModel

extension Command {
  var runningInfo: CommandInfo {
    switch self {
    case .probe:
      CommandInfo(
        .running, "probe", "let the driver core probe the device, to the end",
        detail:
          "A probe that is under way is finished. Breakpoints do not stop it: use `start probe` and `continue`.",
        examples: ["probe", "expect return == 0"], related: [.remove, .start])
    case .remove:
      CommandInfo(
        .running, "remove", "unbind the driver, to the end: its remove function, then devres",
        examples: ["probe", "remove", "expect leaks == []"], related: [.probe, .start])
    case .mount:
      CommandInfo(
        .running, "mount TAG [dax|dax=always|dax=inode|dax=never]", "mount what a device offers, to the end",
        detail:
          "A mount ends with the session: INIT is sent, the window's ranges are made, and the workers can run. A second mount of a tag shares the first one's mode. patch-v2 and 5.10 know the option dax without a mode.",
        arguments: [.tag],
        options: [.init("dax", ["always", "inode", "never"], "which files use DAX")],
        examples: ["probe", "mount myfs dax=always", "info mounts"], related: [.umount, .probe])
    case .umount:
      CommandInfo(
        .running, "umount TAG", "unmount what was mounted from a tag",
        detail: "While something is mounted its instance outlives the driver; in patch-v2 it does not.",
        arguments: [.tag], examples: ["probe", "mount myfs", "remove", "umount myfs"],
        related: [.mount, .remove])
    case .start:
      CommandInfo(
        .running, "start TASK|FUNCTION [ARGUMENTS]",
        "begin a task, or go to a function's first line",
        detail:
          "The tasks are probe, remove, mount TAG [dax], umount TAG, user, reader PGOFF, pin PGOFF, hold PGOFF, unpin PGOFF and copy to_iter|from_iter OFFSET LEN; and the system calls open, close, pread, pwrite, mmap, munmap, mprotect, load, store, msync, fsync, truncate, fallocate, unlink, stat, ls, lseek, sendfile, copy_file_range, exec and drop_caches, with the arguments of the commands of these names and descriptors for files. For a function of the probe, a probe runs until it stands there; with a driver bound, a remove. dax_direct_access and virtio_fs_direct_access take PGOFF NR.",
        arguments: [.function, .number, .number],
        options: [
          .init("times", [], "how often a reader reads"),
          .init("dax", ["always", "inode", "never"], "for a mount: which files use DAX"),
          .init("engine", CopyEngine.names, "for a copy: how it is made"),
          .init("memory_offset", [], "for a copy: where the memory begins in its page"),
          .init("segments", [], "for a copy: the lengths of the buffers"),
          .init("buffer", [], "for pread: an address in the process's memory, such as one in a mapping"),
          .init("fault", [], "for a copy: a byte of the memory whose page is not there"),
          .init("prot", ["r", "w", "rw", "none"], "for mmap: what is allowed"),
          .init("mode", ["allocate", "keep", "punch", "zero"], "for fallocate: what is done"),
          .init("text", [], "for pwrite and store: a text"), .init("seed", [], "for pwrite and store: a pattern"),
          .init("len", [], "for pwrite and store: how many bytes of the pattern"),
        ],
        examples: ["start virtio_fs_setup_dax", "list", "probe", "start copy to_iter 0 4096", "next"],
        related: [.step, .probe, .spawn])
    case .step:
      CommandInfo(
        .running, "step [N]", "run one line of the current task, entering calls",
        detail: "The first step of a new machine begins a probe. An empty line repeats it.",
        arguments: [.number],
        examples: ["step", "step 5"], related: [.next, .finish, .back])
    case .next:
      CommandInfo(
        .running, "next", "run one line, and what it calls to the end",
        examples: ["start virtio_fs_setup_dax", "next", "next"], related: [.step, .finish])
    case .finish:
      CommandInfo(
        .running, "finish", "run until the function returns", examples: ["start alloc_dax", "finish"],
        related: [.next, .step])
    case .continue:
      CommandInfo(
        .running, "continue", "run until a breakpoint, the end, a wait or an oops",
        examples: ["break virtio_fs_setup_dax.remapPages", "start probe", "continue"],
        related: [.break, .until])
    case .until:
      CommandInfo(
        .running, "until PLACE", "run until the task stands at a place",
        detail: "A place is FUNCTION, FUNCTION.LINE, or a LINE of the function that is running.",
        arguments: [.site],
        examples: ["start virtio_fs_probe", "until setupDax"], related: [.continue, .break])
    case .back:
      CommandInfo(
        .running, "back [N]", "go back a step, or N",
        detail: "Everything that changed the machine is a step; looking is not. It works across an oops.",
        arguments: [.number], examples: ["step 3", "back 2", "back"], related: [.goto, .history])
    default:
      CommandInfo(
        .running, "goto N|end", "go to a step of the history, past or future", arguments: [.moment],
        examples: ["step 5", "goto 2", "goto end"], related: [.back, .history])
    }
  }

  var controlInfo: CommandInfo {
    switch self {
    case .break:
      CommandInfo(
        .running, "break [PLACE]",
        "stop at a function or at a line of it; without a place, list the breakpoints",
        arguments: [.site], examples: ["break kill_dax", "break virtio_fs_setup_dax.recordWindow"],
        related: [.delete, .breakpoints, .continue])
    case .delete:
      CommandInfo(
        .running, "delete [N]", "delete a breakpoint, or all", arguments: [.breakpoint],
        examples: ["break kill_dax", "delete 1"], related: [.break])
    case .breakpoints:
      CommandInfo(
        .running, "breakpoints", "list the breakpoints", examples: ["break kill_dax", "breakpoints"],
        related: [.break])
    case .inject:
      CommandInfo(
        .running, "inject PLACE|OPERATION ERRNO [nth=N]",
        "let an operation fail, or an instruction end badly",
        detail:
          "At a line that can fail, that line fails. At a line that only calls, the first line behind it that can fail with the error does. OPERATION is a primitive such as devm_kzalloc. On s390x, `inject INSTRUCTION cc=2 times=3` lets instructions of the current device end so: busy, in error or with a program interruption. `inject` alone lists what is asked for, `inject clear` forgets it.",
        arguments: [.place, .errno],
        options: [
          .init("nth", [], "which time it is reached, counted from 1; 1 unless given"),
          .init("cc", ["0", "1", "2", "3"], "the condition code with which an instruction ends"),
          .init("status", [], "the status that comes with condition code 1"),
          .init("program", ["operand", "specification"], "a program interruption in its place"),
          .init("times", [], "how many of them in a row; 1 unless given"),
        ],
        examples: [
          "inject virtio_fs_setup_dax.allocatePageMap ENOMEM", "probe", "expect errno == ENOMEM", "reset",
          "inject devm_kzalloc ENOMEM nth=2", "new arch=s390x", "inject PCILG cc=2 times=3", "insn PCILG",
        ],
        related: [.probe, .explain])
    case .task:
      CommandInfo(
        .running, "task [N]", "list the tasks, or make one the current one", arguments: [.task],
        examples: ["probe", "spawn reader 0", "start remove", "task", "task 2"], related: [.spawn, .start])
    case .spawn:
      CommandInfo(
        .running, "spawn TASK [PGOFF] [times=N] [steps=N]",
        "add a task beside the current one",
        detail:
          "A reader takes the read lock, asks for the address, loads a word and lets go. A pin takes a reference to a page and drops it later, a hold never does, and an unpin has pinned it already. A user mounts, sends a request and unmounts. There are also probe, remove, mount and umount. TASK may be written with its page and its device: pin:5, probe@1. None has run a line yet, unless steps= says so.",
        arguments: [.taskWord, .number],
        options: [
          .init("times", [], "how often a reader reads"),
          .init("steps", [], "run so many of its lines at once"),
        ],
        examples: ["probe", "spawn pin 5 steps=3", "pages 5"], related: [.task, .start])
    case .history:
      CommandInfo(
        .running, "history [N]", "what ran in the last steps", arguments: [.number],
        examples: ["step 3", "history"],
        related: [.goto, .diff])
    default:
      CommandInfo(
        .running, "whatif COMMAND", "run a command on a copy and show what would change",
        arguments: [.command],
        examples: ["whatif probe", "whatif new kernel=5.10"], related: [.diff, .back])
    }
  }
}
