import DaxModel

extension Session {
  /// Runs a command.
  mutating func perform(_ command: Command, _ line: Invocation) throws(Diagnostic) -> Answer {
    switch command {
    case .new: try new(line)
    case .lspci: try lspci(line)
    case .use: try use(line)
    case .device: try device(line)
    case .transport: try transport(line)
    case .releases: try releases(line)
    case .diffRelease: try diffRelease(line)
    case .reset: try reset(line)
    case .probe: try probe(line)
    case .remove: try remove(line)
    case .mount: try mount(line)
    case .umount: try umount(line)
    case .start: try start(line)
    case .step: try step(line)
    case .next: try next(line)
    case .finish: try finish(line)
    case .continue: try continueRun(line)
    case .until: try until(line)
    case .back: try back(line)
    case .goto: try goto(line)
    case .break: try addBreakpoint(line)
    case .delete: try deleteBreakpoint(line)
    case .breakpoints: try listBreakpoints(line)
    case .inject: try inject(line)
    case .task: try task(line)
    case .spawn: try spawn(line)
    case .whatif: try whatif(line)
    case .list: try list(line)
    case .where: try whereIs(line)
    case .explain: try explain(line)
    case .info: try info(line)
    case .log: try log(line)
    case .iomem: try iomem(line)
    case .pages: try pages(line)
    case .diff: try diff(line)
    case .walk: try walk(line)
    case .picture: try picture(line)
    case .oops: try oops(line)
    case .directAccess: try directAccess(line)
    case .zeroPageRange: try zeroPageRange(line)
    case .x: try examine(line)
    case .shmRegion: try shmRegion(line)
    case .copy: try copy(line)
    case .engine: try engine(line)
    case .chunks: try chunks(line)
    case .compare: try compare(line)
    case .insn: try insn(line)
    case .zpci: try zpci(line)
    case .explore: try explore(line)
    case .verify: try verify(line)
    case .try: try `try`(line)
    case .help: try help(line)
    case .apropos: try apropos(line)
    case .expect: try expect(line)
    case .source: try source(line)
    case .set: try set(line)
    case .history: try history(line)
    case .version: Answer(["version": .text(daxreplVersion)], lines: ["daxrepl \(daxreplVersion)"])
    case .quit: try quit(line)
    }
  }

  /// Refuses what a dead machine cannot do.
  func requireAlive(_ line: Invocation) throws(Diagnostic) {
    guard let oops = machine.oops else { return }
    throw Diagnostic(
      "the machine has died in \(oops.site.description(in: release)), so nothing can run", at: line.command,
      hint: "look around with `oops`, `where` and `info`; `back` undoes it, `reset` starts anew")
  }
}

/// The version of the program and of the shell's language.
public let daxreplVersion = "0.1.0"
