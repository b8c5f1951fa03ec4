import DaxModel

extension Command {
  private static let contentOptions: [CommandInfo.Option] = [
    .init("text", [], "a text that is written"), .init("seed", [], "the seed of a pattern that is written"),
    .init("len", [], "how many bytes of the pattern"),
  ]
  private static let viewOption = CommandInfo.Option(
    "show", ByteView.allCases.map { $0.rawValue }, "how bytes are shown")
  private static let bufferOption = CommandInfo.Option(
    "buffer", [], "an address in the process's memory, such as one in a mapping")
  /// What comes before anything can be opened.
  private static let mounted = ["host file a4m size=4M", "probe", "mount myfs dax"]

  /// Commands of a program in the guest that reads and writes.
  var fileInfo: CommandInfo {
    switch self {
    case .open:
      CommandInfo(
        .files, "open FILE [r|w|rw] [create] [excl] [trunc] [append] [direct] [sync]",
        "open a file of what is mounted",
        detail: "The result is the descriptor. Flags may also be one octal number, as in <fcntl.h>.",
        arguments: [.guestFile, .openFlag, .openFlag, .openFlag],
        examples: Self.mounted + ["open a4m rw", "expect return == 3"], related: [.close, .pread, .mmap])
    case .close:
      CommandInfo(
        .files, "close FD", "close a descriptor", arguments: [.descriptor],
        examples: Self.mounted + ["open a4m", "close 3"], related: [.open])
    case .pread:
      CommandInfo(
        .files, "pread FD|FILE OFFSET LEN [show=hex|text|crc] [buffer=ADDRESS]",
        "read from a file at an offset",
        detail:
          "A file that is given by its name is opened before and closed after. An address inside a mapping is memory of a file: its page faults come in the midst of the read. Of more than 512 bytes the first 256 are shown, and with show=hex the first 4096.",
        arguments: [.guestFile, .number, .number], options: [Self.viewOption, Self.bufferOption],
        examples: Self.mounted + ["pread a4m 0 64", "requests"], related: [.pwrite, .dd, .requests])
    case .pwrite:
      CommandInfo(
        .files, "pwrite FD|FILE OFFSET text=TEXT|seed=SEED len=N|buffer=ADDRESS len=N",
        "write to a file at an offset",
        detail: "The pattern of a seed is that of files made with `host file`, from the same offset on.",
        arguments: [.guestFile, .number], options: Self.contentOptions + [Self.bufferOption],
        examples: Self.mounted + ["pwrite a4m 0 text=hello", "pread a4m 0 8 show=text"],
        related: [.pread, .fsync])
    case .cat:
      CommandInfo(
        .files, "cat FILE", "read the first 64 KiB of a file in the guest, and show them",
        detail: "What is no text is shown as bytes, the first 256 of them.", arguments: [.guestFile],
        examples: ["host file hello text=Hi", "probe", "mount myfs dax", "cat hello"], related: [.pread, .ls])
    case .dd:
      CommandInfo(
        .files, "dd FILE [bs=SIZE] [count=N]", "read a file block by block, to its end",
        arguments: [.guestFile],
        options: [
          .init("bs", [], "bytes in a block; 128k unless given"), .init("count", [], "how many blocks"),
        ],
        examples: Self.mounted + ["dd a4m bs=1M"], related: [.pread, .requests])
    case .ls:
      CommandInfo(
        .files, "ls [FOLDER]", "list a folder of what is mounted, as the guest sees it",
        detail:
          "It is opened, read and closed. `host list` shows what the host has, without asking the guest.",
        arguments: [.guestFile], examples: Self.mounted + ["ls"], related: [.stat, .host])
    case .stat:
      CommandInfo(
        .files, "stat FD|FILE", "what the guest knows of a file", arguments: [.guestFile],
        examples: Self.mounted + ["stat a4m"], related: [.ls])
    case .requests:
      CommandInfo(
        .files, "requests [N]", "who said what to whom: the last requests of the guest to the server",
        detail:
          "A file in a folder goes by its path. Where a request is too wide, lengths and offsets are written as 2M or 7G, and the access of SETUPMAPPING as r, w or rw.",
        arguments: [.number], examples: Self.mounted + ["pread a4m 0 64", "requests 5"],
        related: [.host, .info])
    case .estimate:
      CommandInfo(
        .files, "estimate [window=SIZE data=SIZE [reads=N] [seed=N]] [hit=US] [miss=US] [read=US]",
        "what was counted, or random reads through a window, as time",
        detail:
          "The model counts and measures nothing; a table of costs in microseconds makes an estimate of it. Alone it is about what has been done on this machine since it was made or reset. With window and data it is about reads of 4 KiB at random places, as many as there are blocks unless given: which of them miss is found out by the rules of reclaim, read by read.",
        options: [
          .init("window", [], "the length of the window"), .init("data", [], "how much data is read"),
          .init("reads", [], "how many reads"), .init("seed", [], "which places are read"),
          .init("hit", [], "microseconds of a read that finds its range; 5.8 unless given"),
          .init("miss", [], "microseconds of a read that sets a range up; 280 unless given"),
          .init("read", [], "microseconds of a READ, without DAX; 51.5 unless given"),
        ],
        examples: Self.mounted + [
          "pread a4m 0 64", "estimate", "estimate window=64M data=256M",
          "estimate window=64M data=256M miss=250",
        ], related: [.requests, .info])
    case .lseek, .sendfile, .copyFileRange, .exec: moveInfo
    default: changeInfo
    }
  }

  /// Commands that look for holes, move bytes inside the kernel, and run a file.
  private var moveInfo: CommandInfo {
    switch self {
    case .lseek:
      CommandInfo(
        .files, "lseek FD OFFSET [hole|data]", "where the next hole of a file is, or the next data",
        detail: "SEEK_HOLE unless data is said. The server is asked, with LSEEK.",
        arguments: [.descriptor, .number, .whence],
        examples: Self.mounted + ["open a4m", "lseek 3 0 hole"], related: [.fallocate, .stat])
    case .sendfile:
      CommandInfo(
        .files, "sendfile FD OFFSET LEN", "send bytes of a file to somewhere else, without a buffer",
        detail: "They are read in pieces, as splice does it.",
        arguments: [.descriptor, .number, .number],
        examples: Self.mounted + ["open a4m", "sendfile 3 0 8k"], related: [.pread, .copyFileRange])
    case .copyFileRange:
      CommandInfo(
        .files, "copy_file_range FD OFFSET FD OFFSET LEN", "copy bytes from one file to another in the kernel",
        detail: "The first descriptor is the one that is read, the second one the one that is written.",
        arguments: [.descriptor, .number, .descriptor, .number, .number],
        examples: [
          "host file a4m size=4M", "host file b zeros=8k", "probe", "mount myfs dax", "open a4m", "open b rw",
          "copy_file_range 3 0 4 0 8k",
        ], related: [.sendfile, .pwrite])
    default:
      CommandInfo(
        .files, "exec FILE", "run a file as a program, as far as the kernel reads it",
        detail: "The mode bits must allow it; the files of `host file` do not, so it is -EACCES.",
        arguments: [.guestFile], examples: Self.mounted + ["exec a4m"], related: [.open, .mmap])
    }
  }

  /// Commands that change files and their sizes, and that map them.
  private var changeInfo: CommandInfo {
    switch self {
    case .fsync:
      CommandInfo(
        .files, "fsync FD [data]", "have what was written to a file reach the host",
        detail: "With data it is fdatasync(), which is also a name of the command.", arguments: [.descriptor],
        examples: Self.mounted + ["open a4m rw", "pwrite 3 0 text=hello", "fsync 3"],
        related: [.msync, .pwrite])
    case .truncate:
      CommandInfo(
        .files, "truncate FD|FILE SIZE", "set the size of a file", arguments: [.guestFile, .number],
        examples: Self.mounted + ["truncate a4m 1M"], related: [.fallocate])
    case .fallocate:
      CommandInfo(
        .files, "fallocate FD OFFSET LEN [mode=allocate|keep|punch|zero]",
        "reserve space for a file, or punch a hole",
        arguments: [.descriptor, .number, .number],
        options: [
          .init("mode", ["allocate", "keep", "punch", "zero"], "what is done; or a number, as in Linux")
        ],
        examples: Self.mounted + ["open a4m rw", "fallocate 3 4M 1M"], related: [.truncate])
    case .unlink:
      CommandInfo(
        .files, "unlink FILE", "remove a file", arguments: [.guestFile],
        examples: Self.mounted + ["unlink a4m"], related: [.ls])
    case .dropCaches:
      CommandInfo(
        .files, "drop_caches [1|2|3]", "let the kernel forget pages (1), inodes (2) or both (3)",
        arguments: [.number], examples: Self.mounted + ["dd a4m", "drop_caches"], related: [.dd])
    case .mmap:
      CommandInfo(
        .files, "mmap FD OFFSET LEN [prot=r|w|rw|none] [private] [sync] [populate]", "map a piece of a file",
        detail: "The result is the number of the mapping.",
        arguments: [.descriptor, .number, .number, .mapFlag],
        options: [.init("prot", ["r", "w", "rw", "none"], "what is allowed; r unless given")],
        examples: Self.mounted + ["open a4m rw", "mmap 3 0 4M prot=rw", "load 1 0 16"],
        related: [.load, .store, .munmap])
    case .munmap:
      CommandInfo(
        .files, "munmap MAPPING [OFFSET LEN]", "take a mapping away, or a part of it",
        detail: "Offsets go on counting from where the mapping began.",
        arguments: [.number, .number, .number],
        examples: Self.mounted + ["open a4m", "mmap 3 0 4M", "munmap 1 0 4k", "load 1 2M 8", "munmap 1"],
        related: [.mmap])
    case .mprotect:
      CommandInfo(
        .files, "mprotect MAPPING none|r|w|rw [OFFSET LEN]", "change what is allowed in a mapping, or a part",
        arguments: [.number, .protection, .number, .number],
        examples: Self.mounted + ["open a4m rw", "mmap 3 0 4M prot=rw", "mprotect 1 r"], related: [.mmap])
    case .load:
      CommandInfo(
        .files, "load MAPPING OFFSET LEN [show=hex|text|crc]", "read memory through a mapping",
        arguments: [.number, .number, .number], options: [Self.viewOption],
        examples: Self.mounted + ["open a4m", "mmap 3 0 4M", "load 1 2M 16"], related: [.store, .mmap])
    case .store:
      CommandInfo(
        .files, "store MAPPING OFFSET text=TEXT|seed=SEED len=N", "write memory through a mapping",
        arguments: [.number, .number], options: Self.contentOptions,
        examples: Self.mounted + [
          "open a4m rw", "mmap 3 0 4M prot=rw", "store 1 0 text=hello", "load 1 0 8",
        ],
        related: [.load, .msync])
    default:
      CommandInfo(
        .files, "msync MAPPING OFFSET LEN [sync|async|invalidate]", "have what was stored reach the host",
        arguments: [.number, .number, .number, .syncFlag],
        examples: Self.mounted + [
          "open a4m rw", "mmap 3 0 4M prot=rw", "store 1 0 text=hello", "msync 1 0 4k",
        ], related: [.fsync, .store])
    }
  }
}
