import Testing

@testable import DaxShell

@Suite("Scripts, expectations and exit codes")
struct ScriptTests {
  @Test("An expectation that is not met ends a script with 2")
  func expectation() {
    var shell = TestShell()
    let (output, errors) = shell.script("probe\nexpect return == 1\nversion\n")
    #expect(shell.session.exitCode == 2)
    #expect(!output.contains("daxrepl"))
    #expect(
      errors == """
        test.dax:2:8: error: expected `return` == 1, but it is 0
          expect return == 1
                 ^^^^^^

        """)
  }

  @Test(
    "Every operator",
    arguments: [
      ("return == 0", true), ("return != 0", false), ("return < 1", true), ("return <= 0", true),
      ("return > 0", false), ("return >= 1", false), ("trace contains virtio_fs_probe.setupDax", true),
      ("trace contains nothing", false), ("trace matches *.setupDax", true), ("errno == null", true),
      ("errno exists", true), ("nothing missing", true), ("nothing exists", false), ("return missing", false),
      ("nothing == 0", false), ("devices.0.bound == true", true), ("devices.0.window.len == 64M", true),
      ("devices.0.window.addr >= 512G", true), ("devices[0].tag matches my*", true),
      ("trace.count > 50", true), ("trace.last contains unlockDevice", true), ("return=0", true),
      ("return==0", true), ("leaks == []", true), ("devices.7.bound == true", false),
    ])
  func operators(text: String, isMet: Bool) {
    var shell = TestShell()
    shell.run("probe")
    let errors = shell.complaint("expect " + text)
    #expect(errors.isEmpty == isMet, "\(errors)")
    #expect(shell.session.exitCode == (isMet ? 0 : 2))
  }

  @Test("A misused expect is an error like any other")
  func misusedExpect() {
    var shell = TestShell()
    #expect(shell.complaint("expect return").contains("an operator is missing"))
    #expect(shell.session.exitCode == 1)
  }

  @Test("expect, help and set leave the last result alone")
  func lastResult() {
    var shell = TestShell()
    shell.run("probe", "expect return == 0", "help", "set width 90", "apropos dax", "version")
    #expect(shell.complaint("expect return == 0") == "")
  }

  // MARK: Exit codes

  @Test("The first failure decides the exit code, except for an interruption")
  func firstFailure() {
    var shell = TestShell()
    shell.session.options.keepsGoing = true
    _ = shell.script("stpe\nprobe\nexpect return == 7\nsource missing.dax\n")
    #expect(shell.session.exitCode == 1)
    var other = TestShell()
    other.session.options.keepsGoing = true
    _ = other.script("expect return == 7\nstpe\n")
    #expect(other.session.exitCode == 2)
  }

  @Test("A file that cannot be read is 66")
  func unreadable() {
    var shell = TestShell()
    let errors = shell.complaint("source missing.dax")
    #expect(errors.contains("cannot read missing.dax: no such file"))
    #expect(shell.session.exitCode == 66)
    var other = TestShell()
    #expect(other.complaint("lspci missing.txt").contains("cannot read"))
    #expect(other.session.exitCode == 66)
  }

  @Test("A script stops at the first failure; with keep-going it goes on")
  func keepGoing() {
    var shell = TestShell()
    #expect(shell.script("stpe\nversion\n").output == "")
    #expect(shell.session.exitCode == 1)
    var other = TestShell()
    #expect(other.script("set keep-going on\nstpe\nversion\n").output == "daxrepl 0.1.0\n")
    #expect(other.session.exitCode == 1)
  }

  @Test("A kernel that answers with an error is a result, not a failure")
  func kernelError() {
    var shell = TestShell()
    let (output, errors) = shell.script("new window=none kernel=patch-v2\nprobe\nexpect errno == ENXIO\n")
    #expect(output.contains("returned -ENXIO (-6)"))
    #expect(errors == "")
    #expect(shell.session.exitCode == 0)
  }

  @Test("Ctrl-C stops a command, ends the script, and is 130 whatever failed before")
  func interrupted() {
    var shell = TestShell()
    shell.session.options.keepsGoing = true
    shell.session.host.patience = 50
    let script = "stpe\nprobe\nspawn reader times=100000000000\ncontinue\nversion\n"
    let (output, errors) = shell.script(script)
    #expect(shell.session.exitCode == 130)
    #expect(errors.contains("test.dax:4:1: error: interrupted after "))
    #expect(!output.contains("daxrepl"))
  }

  @Test("Ctrl-C between two lines ends the script")
  func interruptedBetween() {
    var shell = TestShell()
    shell.session.host.patience = 2
    let (output, errors) = shell.script("version\nversion\nversion\n")
    #expect(shell.session.exitCode == 130)
    #expect(output == "daxrepl 0.1.0\ndaxrepl 0.1.0\n")
    #expect(errors == "test.dax:3: error: interrupted\n")
  }

  @Test("At a terminal Ctrl-C stops the command, and a script that was sourced")
  func interruptedPerson() throws {
    var shell = TestShell(files: ["long.dax": "probe\nspawn reader times=100000000000\ncontinue\nversion\n"])
    shell.session.beginConversation()
    shell.session.host.patience = 50
    let reply = shell.session.run("source long.dax")
    #expect(reply.diagnostics.contains("long.dax:3:1: error: interrupted after "))
    #expect(!reply.output.contains("daxrepl"))
    shell.session.host.rest()
    shell.session.host.patience = 3
    #expect(try shell.result("continue")["stopped"] == "interrupted")
    #expect(shell.session.exitCode == 0)
  }

  @Test("Slips of a person do not count, quit N does")
  func interactive() {
    var shell = TestShell(files: ["bad.dax": "stpe\n", "leave.dax": "quit 5\n"])
    shell.run("stpe")
    #expect(shell.session.exitCode == 1)
    shell.session.beginConversation()
    shell.run("stpe", "expect return == 1", "source bad.dax", "source missing.dax")
    #expect(shell.session.exitCode == 0)
    #expect(shell.session.run("source leave.dax").next == .leave)
    #expect(shell.session.exitCode == 5)
  }

  @Test(
    "quit leaves with its code, or with that of what happened before",
    arguments: [
      ("quit", 0), ("quit 7", 7), ("exit 255", 255), ("q", 0),
    ])
  func quit(line: String, code: Int32) {
    var shell = TestShell()
    #expect(shell.session.run(line).next == .leave)
    #expect(shell.session.exitCode == code)
  }

  @Test("quit ends a script, also from inside another, and keeps the code of a failure")
  func quitInside() {
    var shell = TestShell(files: ["inner.dax": "quit\nversion\n"])
    shell.session.options.keepsGoing = true
    let (output, _) = shell.script("stpe\nsource inner.dax\nversion\n")
    #expect(output == "")
    #expect(shell.session.exitCode == 1)
    #expect(shell.complaint("quit 256").contains("at most 255"))
  }

  // MARK: source

  @Test("A script that is sourced tells its own places, and its failure ends the one around it")
  func source() {
    var shell = TestShell(files: ["inner.dax": "version\n\nstpe\nversion\n"])
    let (output, errors) = shell.script("source inner.dax\nversion\n")
    #expect(output == "daxrepl 0.1.0\n")
    #expect(
      errors == """
        inner.dax:3:1: error: no command is called `stpe`
          stpe
          ^^^^
          hint: did you mean `step`?

        """)
    #expect(shell.session.exitCode == 1)
  }

  @Test("With keep-going a failure inside does not end the scripts around it")
  func sourceKeepGoing() {
    var shell = TestShell(files: ["inner.dax": "expect x == 1\nversion\n"])
    shell.session.options.keepsGoing = true
    #expect(shell.script("source inner.dax\nversion\n").output == "daxrepl 0.1.0\ndaxrepl 0.1.0\n")
    #expect(shell.session.exitCode == 2)
  }

  @Test("The last result is that of the script's last command")
  func sourceResult() throws {
    var shell = TestShell(files: ["inner.dax": "probe\n"])
    shell.run("source inner.dax")
    #expect(shell.complaint("expect return == 0") == "")
  }

  @Test("Scripts that source themselves, or each other, end with an error")
  func cycles() {
    var shell = TestShell(files: [
      "self.dax": "source self.dax\n", "a.dax": "source b.dax\n", "b.dax": "source a.dax\n",
      "sly.dax": "source ./sly.dax\n", "./sly.dax": "source sly.dax\n",
    ])
    #expect(
      shell.complaint("source self.dax").contains("self.dax:1:8: error: self.dax is being read already"))
    #expect(shell.complaint("source a.dax").contains("b.dax:1:8: error: a.dax is being read already"))
    #expect(shell.complaint("source sly.dax").contains("is being read already"))
    var deep = TestShell()
    for depth in 0..<20 { deep.session.host.files["\(depth)"] = Array("source \(depth + 1)\n".utf8) }
    #expect(deep.complaint("source 0").contains("more than 16 deep"))
  }

  @Test("Scripts of other systems: a byte order mark, carriage returns, no newline at the end")
  func foreign() {
    var shell = TestShell(files: ["dos.dax": "\u{feff}version\r\nset \\\r\n width 50\r\nversion"])
    #expect(shell.run("source dos.dax") == "daxrepl 0.1.0\ndaxrepl 0.1.0\n")
    #expect(shell.session.options.width == 50)
  }

  @Test("A script that ends in the middle of a command is an error with a place")
  func unfinished() {
    var shell = TestShell()
    let (_, errors) = shell.script("version\nstep \\\n")
    #expect(errors == "test.dax:2: error: the script ends in the middle of a continued line\n")
    #expect(shell.session.exitCode == 1)
    #expect(shell.run("version") == "daxrepl 0.1.0\n")
  }

  @Test("An error in a command of several lines is on its own line")
  func continued() {
    var shell = TestShell()
    let (_, errors) = shell.script("version\nstep \\\n  \\\n  x\n")
    #expect(
      errors.hasPrefix("test.dax:4:3: error: the number of lines: `x` is not a number\n    x\n  ^\n")
        || errors.hasPrefix("test.dax:4:3: error:"))
  }

  // MARK: set and echo

  @Test("set shows and changes how the shell behaves")
  func set() throws {
    var shell = TestShell()
    #expect(try shell.result("set")["rows"].elements.count == Setting.allCases.count)
    shell.run("set width 60", "set ascii on", "set keep yes", "set echo on")
    #expect(shell.session.options.width == 60)
    #expect(shell.session.options.asciiOnly)
    #expect(shell.session.options.keepsGoing)
    #expect(shell.session.options.echoes)
    var other = TestShell()
    #expect(other.complaint("set widht 3").contains("did you mean `width`?"))
    #expect(other.complaint("set echo maybe").contains("`maybe` is neither on nor off"))
    #expect(other.complaint("set format xml").contains("no format is called `xml`"))
    #expect(other.run("set format md", "set format csv") == "")
  }

  @Test("A transcript has each command before its answer, errors in their place, and prose as it is")
  func transcript() {
    var shell = TestShell()
    shell.session.options.echoes = true
    shell.session.options.keepsGoing = true
    let (output, errors) = shell.script("# A tour\n\nversion\nset \\\n  width 80\nstpe\n")
    #expect(errors == "")
    #expect(
      output == """
        # A tour

        dax> version
        daxrepl 0.1.0
        dax> set \\
        ...>   width 80
        dax> stpe
        test.dax:6:1: error: no command is called `stpe`
          stpe
          ^^^^
          hint: did you mean `step`?

        """)
  }

  // MARK: Empty lines

  @Test("At a terminal an empty line repeats the last stepping command; nowhere else")
  func emptyLine() throws {
    var shell = TestShell(files: ["steps.dax": "step 7\n\n\n"])
    shell.run("step 2", "", "")
    #expect(try shell.step() == 3)
    shell.session.beginConversation()
    shell.run("", "step 2", "", "list", " ")
    #expect(try shell.step() == 9)
    shell.run("source steps.dax")
    #expect(try shell.step() == 16)
    shell.run("")
    #expect(try shell.step() == 18)
    for line in ["back", "next", "finish", "continue"] {
      shell.run(line)
      let before = try shell.step()
      let reply = shell.session.run("")
      let after = try shell.step()
      #expect(before != after || reply.diagnostics.contains("no task is running"), "\(line)")
    }
    for line in ["probe", "goto 2", "version", "start probe"] {
      shell.run("goto 1", "step", line)
      let place = try shell.step()
      shell.run("# not empty")
      #expect(try shell.step() == place)
    }
  }
}
