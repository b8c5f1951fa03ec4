import DaxModel

extension Command {
  var hostingInfo: CommandInfo {
    switch self {
    case .host:
      CommandInfo(
        .hosting,
        "host [ACTION [NAME] …] [variant=NAME] [align=N] [inode-dax=yes|no] [timeout=S] …",
        "show the server of the device, do something on the host, or set the server up",
        detail:
          "host file NAME size=SIZE [seed=SEED], text=TEXT or zeros=SIZE makes a file, with dax=yes one that wants DAX; folders on the way to it are made too. host list [FOLDER] lists. host write NAME OFFSET TEXT (or seed=SEED len=N), host truncate NAME SIZE, host append NAME SIZE, host read NAME OFFSET LEN, host rm NAME and host dax NAME yes|no use it behind the back of the guest. host fail REQUEST ERRNO [nth=N] answers a request with an error; nth=0 takes that back. The other options say how the server is set up; they belong to the device, so the machine starts anew: no driver is bound and nothing is mounted, but the files that are there stay.",
        arguments: [.hostVerb, .hostObject, .errno],
        options: [
          .init("variant", HostVariant.allCases.map { $0.rawValue }, "which program serves the device"),
          .init("align", ["12", "21", "none"], "the alignment of mappings that is told, as a power of two"),
          .init("inode-dax", ["yes", "no"], "whether the server says for each inode if it wants DAX"),
          .init("timeout", [], "for how many seconds attributes may be believed"),
          .init("max-write", [], "bytes that a request to write may carry"),
          .init("limit", ["none"], "the most mappings at a time"),
          .init("size", [], "host file: bytes of a pattern"),
          .init("seed", [], "host file, host write: which pattern"),
          .init("len", [], "host write: how many bytes of the pattern"),
          .init("text", [], "host file: a text"), .init("zeros", [], "host file: so many zeros"),
          .init("dax", ["yes", "no"], "host file: whether it wants DAX"),
          .init("nth", [], "host fail: which request of this kind fails, from now on; 1 unless given"),
        ],
        examples: [
          "host file a4m size=4M", "host file hello text=\"Hello, guest\"", "host read hello 0 5", "host",
          "host fail SETUPMAPPING ENOSPC", "host variant=crosvm align=none",
        ], related: [.share, .ls, .requests])
    case .share:
      CommandInfo(
        .hosting, "share FOLDER", "copy the files of a real folder to the host",
        detail:
          "The folder is only read: what the guest writes stays in the model. Regular files are copied, at most 256 MiB in all. Symbolic links and what is no file are left out, with a sentence.",
        arguments: [.file], examples: ["share Examples/machines", "host list"], related: [.host, .ls])
    case .trace:
      CommandInfo(
        .hosting, "trace [export FILE]",
        "list what this session has done with files, or write it as a workload",
        detail:
          "A workload holds the device, the files, and each mount, system call and action of the host with its results and requests; `conform FILE` then passes on the same release. It cannot hold texts rather than patterns, folders, or failures asked for with `inject`: a step with such a thing is left out with a sentence if it has sent no request that is compared, else the session is refused in a sentence. A `dd` is one step. Before it is written it is run, so what is written is what the session did.",
        arguments: [.traceVerb, .file],
        examples: [
          "host file a4m size=4M", "probe", "mount myfs dax", "pread a4m 0 64", "umount myfs", "trace",
          "trace export my-session.json",
        ], related: [.conform, .requests])
    default:
      CommandInfo(
        .hosting, "conform FILE|FOLDER [kernel=REL]", "hold the model to recordings of what real kernels did",
        detail:
          "A recording is a JSON file with system calls, their results and the requests that they caused. On releases that a recording names as exact every request is compared; on others the results, and the rules that reclaim keeps to. The exit code is 2 if the model differs. The machine of the session is left alone.",
        arguments: [.file],
        options: [
          .init("kernel", KernelRelease.all.map { $0.name }, "the release; that of the machine unless given")
        ],
        examples: ["conform Examples/workloads", "conform Examples/workloads/remount.json kernel=6.1"],
        related: [.requests, .verify])
    }
  }
}
