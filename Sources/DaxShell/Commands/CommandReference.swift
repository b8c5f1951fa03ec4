import DaxModel

/// The reference of the commands, as a Markdown document made from the tables that the shell itself uses.
public enum CommandReference {
  /// `docs/commands.md`.
  public static var markdown: String {
    var text = """
      # Commands

      This page is made from the tables that `help` and completion read; a test keeps it current. Do not edit it by
      hand: `DAX_BLESS=1 ./dax test --filter CommandReference` writes it.


      """
    text += writing
    text += "## Contents\n\n"
    for group in CommandGroup.allCases {
      let names = commands(of: group).map { "[\($0.rawValue)](#\(anchor($0.rawValue)))" }
      text += "- \(group.rawValue): \(names.joined(separator: ", "))\n"
    }
    text += "- [What `info` shows](#what-info-shows), [what `explain` explains](#what-explain-explains)\n"
    text += "- [Exit codes](#exit-codes), [JSON](#json)\n\n"
    for group in CommandGroup.allCases {
      text += "## \(group.rawValue)\n\n"
      for command in commands(of: group) { text += section(command) }
    }
    text += infoTopics + topics + exitCodes + json
    return text
  }

  private static func commands(of group: CommandGroup) -> [Command] {
    Command.allCases.filter { $0.info.group == group }
  }

  /// The anchor that Markdown gives a heading.
  private static func anchor(_ heading: String) -> String { heading.lowercased() }

  private static func cell(_ text: String) -> String {
    var cell = ""
    for character in text { cell += character == "|" ? "\\|" : String(character) }
    return cell
  }

  private static func table(_ titles: [String], _ rows: [[String]]) -> String {
    var text = "| " + titles.joined(separator: " | ") + " |\n"
    text += "| " + titles.map { _ in "---" }.joined(separator: " | ") + " |\n"
    for row in rows { text += "| " + row.map { cell($0) }.joined(separator: " | ") + " |\n" }
    return text + "\n"
  }

  private static func sentence(_ text: String) -> String {
    guard let first = text.first else { return text }
    return String(first).uppercased() + String(text.dropFirst()) + "."
  }

  private static func section(_ command: Command) -> String {
    let info = command.info
    var text = "### \(command.rawValue)\n\n    \(info.usage)\n\n\(sentence(info.summary))\n\n"
    if !info.detail.isEmpty { text += info.detail + "\n\n" }
    if !info.options.isEmpty {
      text += table(
        ["option", "is", "values"],
        info.options.map { option in
          ["`\(option.name)=`", option.summary, option.values.map { "`\($0)`" }.joined(separator: " ")]
        })
    }
    if command == .set {
      text += table(["setting", "is"], Setting.allCases.map { ["`\($0.rawValue)`", $0.summary] })
    }
    let aliases = Command.aliases.filter { $0.value == command }.map { "`\($0.key)`" }.sorted()
    if !aliases.isEmpty { text += "Short: \(aliases.joined(separator: ", ")).\n\n" }
    text += "For example:\n\n" + info.examples.map { "    dax> \($0)\n" }.joined() + "\n"
    let related = info.related.map { "[\($0.rawValue)](#\(anchor($0.rawValue)))" }
    return related.isEmpty ? text : text + "See also \(related.joined(separator: ", ")).\n\n"
  }

  private static var writing: String {
    """
    ## How a line is written

    A line is a command, its arguments, and options `name=value`. A name may be shortened as long as it stays unique.
    Words with blanks stand in quotes. `#` begins a comment. A backslash at the end continues the line.

    Numbers may be written `4096`, `0x1000`, `4_096`, `4k`, `2M`, `1G`, or `16p`, which is 16 pages. Functions and lines of the
    kernel go by their names: `virtio_fs_setup_dax.remapPages`, or `remapPages` alone while that function runs.


    """
  }

  private static var infoTopics: String {
    "## What info shows\n\n"
      + table(["`info …`", "shows"], InfoTopic.allCases.map { ["`\($0.rawValue)`", $0.summary] })
  }

  private static var topics: String {
    "## What explain explains\n\nLines, functions, errors, primitives, switches of releases, and these:\n\n"
      + table(["`explain …`", "about"], Topic.allCases.map { ["`\($0.rawValue)`", $0.summary] })
  }

  private static var exitCodes: String {
    """
    ## Exit codes

    | code | means |
    | --- | --- |
    | 0 | fine; a kernel that returns an error is fine, too |
    | 1 | a command failed |
    | 2 | an expectation was not met |
    | 3 | a bug in the program |
    | 64 | wrong usage of the program |
    | 66 | a file cannot be read |
    | 130 | interrupted |


    """
  }

  private static var json: String {
    """
    ## JSON

    With `--format json` each command is answered with one object on one line:

        {"command":"…","line":N,"ok":true,"result":{…}}
        {"command":"…","line":N,"ok":false,"error":{"message":"…","hint":"…"}}

    Numbers are JSON numbers. Addresses, frame numbers and register images are strings in lower-case hexadecimal, such
    as `"0x8000000000"`. An errno is its name without a sign in `errno`, and what C would return in `return`: -6. These
    fields are promised, and more may stand beside them. Every line gets its answer: a command that fails does not end a
    script here, and the exit code tells of the first that did.


    """
      + table(
        ["command", "fields of `result`"],
        contract.map { promise in
          [
            "`\(promise.command)`",
            promise.fields.map { "`\($0)`" }.joined(separator: ", ") + (promise.note.map { "; \($0)" } ?? ""),
          ]
        })
      + "Where a run ended in trouble, `oops` (kind, function, line, address, message), `hang` (task, function, line, "
      + "message) or\n`waits` stands beside them.\n"
  }
}

extension CommandReference {
  /// Fields that a command promises in its result, and lines that show them.
  struct Promise: Hashable, Sendable {
    var command: String
    var fields: [String]
    var note: String?
    var before: [String] = []
    var example: String
  }

  private static let stepping = ["task", "function", "line", "depth", "event", "stopped", "step", "state"]

  static let contract: [Promise] = [
    Promise(
      command: "new, use, transport, reset", fields: ["arch", "kernel", "window_len", "transport"],
      note: "on s390x also `assume`, `mio` and `zpci`",
      example: "new"),
    Promise(
      command: "lspci",
      fields: [
        "functions", "functions.0.slot", "functions.0.vendor", "functions.0.device", "functions.0.bars",
        "functions.0.capabilities",
      ],
      note: "a BAR has `index`, `base`, `len`, `flags`; a capability `offset`, `type`, `bar`, `id`, "
        + "`region_offset`, `region_len`",
      example: "lspci Examples/machines/odd-windows.lspci.txt"),
    Promise(
      command: "shm_region", fields: ["linux", "strict"],
      note: "each with `found` and, if it is true, `addr` and `len`; or with `error`",
      example: "shm_region 0"),
    Promise(
      command: "probe, remove", fields: ["return", "errno", "devices", "trace", "leaks"], example: "probe"),
    Promise(
      command: "mount", fields: ["return", "errno", "dax", "mode", "requests", "log"],
      note: "`dax` tells whether the file system got the DAX device, `mode` is `always`, `inode`, "
        + "`inode-default` or `never`; null where nothing is mounted",
      before: ["probe"], example: "mount myfs dax"),
    Promise(
      command: "umount", fields: ["return", "errno", "requests", "log"], before: ["probe", "mount myfs"],
      example: "umount myfs"),
    Promise(
      command: "start, step, next, finish, continue, until", fields: stepping,
      note: "`stopped` is `step`, `breakpoint`, `finished`, `blocked`, `hung`, `oops` or `interrupted`",
      example: "step 3"),
    Promise(command: "back, goto", fields: stepping, before: ["step 3"], example: "back"),
    Promise(
      command: "direct_access", fields: ["return", "errno", "kaddr", "pfn", "pfn_flags"],
      before: ["probe"], example: "direct_access 0 1"),
    Promise(command: "x", fields: ["rows", "fault"], before: ["probe"], example: "x window 1"),
    Promise(command: "inject", fields: ["armed"], example: "inject devm_kzalloc ENOMEM"),
    Promise(command: "oops", fields: ["kind"], note: "null while the machine is alive", example: "oops"),
    Promise(
      command: "info, log, iomem, pages, list, where, task, diff", fields: ["rows"], before: ["probe"],
      example: "info devres"),
    Promise(
      command:
        "open, close, pread, pwrite, mmap, munmap, mprotect, load, store, fsync, msync, truncate, fallocate, unlink",
      fields: ["call", "return", "errno", "stopped", "requests"],
      note: "also `crc32` where bytes are moved, and `signal`, `si_code` and `si_off` of `load` and `store`; "
        + "a request has `opcode`, `file`, `errno` and its arguments, such as `requests.0.foffset`",
      before: ["host file a4m size=4M", "probe", "mount myfs dax"], example: "pread a4m 0 64"),
    Promise(
      command: "host", fields: ["variant", "map_alignment", "inode_dax", "session", "files", "faults"],
      example: "host"),
    Promise(
      command: "share", fields: ["files", "folders", "bytes", "left_out"], example: "share Examples/machines"),
    Promise(
      command: "conform",
      fields: [
        "workloads.0.name", "workloads.0.steps", "workloads.0.passed", "workloads.0.divergence", "passed",
        "failed",
      ],
      note: "a divergence has `step`, `field`, `expected` and `actual`; null where there is none",
      example: "conform Examples/workloads/remount.json"),
    Promise(command: "whatif", fields: ["command", "result", "changes", "changed"], example: "whatif probe"),
  ]
}
