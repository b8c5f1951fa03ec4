import DaxModel

extension Command {
  var exploringInfo: CommandInfo {
    switch self {
    case .explore:
      CommandInfo(
        .exploring, "explore TASK… [faults=N] [depth=N] [invariant=NAME,…] [export=FILE]",
        "run every order of the tasks' lines, and say what goes wrong in any",
        detail:
          "It begins at the present state, which stays as it is, and takes in the tasks that are there and have not finished. A TASK is KIND, KIND:PGOFF or KIND@DEVICE: probe (also bind) and remove (unbind); reader, pin, unpin (pinned already) and hold (never put) for a page of the window; user (mounts, sends a request, unmounts), mount and umount. A reader goes through a mount with DAX if there is one; without, nobody holds the instance for it. Found are oopses, hangs, deadlocks, leaks and broken invariants, each with the shortest schedule to it. The invariants are "
          + listed(Invariant.allCases.map { $0.rawValue }, "and")
          + "; all are checked unless some are named. export=FILE writes a script that leads to the first violation: `source FILE` stands there. Ctrl-C stops and keeps what was found.",
        arguments: [.taskWord, .taskWord, .taskWord, .taskWord, .taskWord, .taskWord],
        options: [
          .init("faults", ["1", "2"], "how many failures may be injected on the way"),
          .init("depth", [], "how many lines a schedule may have"),
          .init(
            "invariant", Invariant.allCases.map { $0.rawValue },
            "what is checked besides; several with commas"),
          .init("memory", [], "where to stop for lack of memory; 1G unless given"),
          .init("times", [], "how often readers read"),
          .init("export", [], "a file for the script that leads to a violation"),
          .init("violation", [], "which one to export; 1 unless given"),
        ],
        examples: [
          "probe", "explore remove pin", "expect violations.count == 2", "explore reader remove depth=10",
        ],
        related: [.verify, .try, .spawn, .inject])
    case .verify:
      CommandInfo(
        .exploring, "verify [RELEASE…] [case=NAME]", "what a fixed set of searches finds in each release",
        detail: "The cases are " + listed(Verification.Case.allCases.map { $0.rawValue }, "and") + ".",
        arguments: [.release, .release, .release],
        options: [.init("case", Verification.Case.allCases.map { $0.rawValue }, "one of the searches")],
        examples: ["verify 6.12 case=pin"], related: [.explore, .releases])
    default:
      CommandInfo(
        .exploring, "try move LINE after|before LINE, try add …, try drop LINE, try undo|clear",
        "change the kernel: another order of lines, one less, one more",
        detail:
          "LINE is LINE or FUNCTION.LINE. What can be added is what the function has in another release. The machine starts anew with the change and the files of the host; `new` begins without. `try` alone lists the changes.",
        arguments: [.tryVerb, .site, .trySide, .site],
        examples: [
          "new kernel=patch-v2", "try move registerExit after remapPages", "list virtio_fs_setup_dax",
          "try undo",
        ], related: [.explore, .list])
    }
  }
}
