import Testing

@testable import DaxShell

/// Commands for the steps of recordings, and names that people's fingers know.
@Suite("More system calls")
struct MoreCallTests {
  private func shell(_ lines: [String] = []) -> TestShell {
    var shell = TestShell()
    for line in [
      "host file a4m size=4M", "host file b zeros=16k", "probe", "mount myfs dax", "open a4m", "open b rw",
      "mmap 4 0 16k prot=rw",
    ] + lines { #expect(shell.session.run(line).diagnostics == "", "\(line)") }
    return shell
  }

  @Test("copy_file_range copies, sendfile reads, lseek finds the end")
  func moves() throws {
    var shell = shell()
    #expect(try shell.result("copy_file_range 3 0 4 4k 8k")["return"] == 8192)
    let bytes = try shell.result("host read a4m 0 16")["hex"]
    #expect(try shell.result("host read b 4k 16")["hex"] == bytes)
    #expect(try shell.result("sendfile 3 0 8k")["return"] == 8192)
    #expect(try shell.result("lseek 3 0 hole")["return"] == 4_194_304)
    #expect(try shell.result("lseek 3 4k data")["return"] == 4096)
  }

  @Test("mprotect takes a right away")
  func protects() throws {
    var shell = shell()
    #expect(try shell.result("store 1 0 text=hi")["signal"] == nil)
    #expect(try shell.result("mprotect 1 r")["return"] == 0)
    #expect(try shell.result("store 1 0 text=hi")["signal"] == "SIGSEGV")
    #expect(shell.complaint("mprotect 1 x").contains("there are `none`, `r`, `w` and `rw`"))
    #expect(shell.complaint("mprotect 7 r").contains("there is no mapping 7"))
  }

  @Test("exec answers as the kernel does for a file that nobody may run")
  func execs() throws {
    var shell = shell()
    #expect(try shell.result("exec a4m")["errno"] == "EACCES")
    #expect(try shell.result("exec nosuch")["errno"] == "ENOENT")
  }

  @Test("rm, fstat, fdatasync and ftruncate are other names")
  func otherNames() throws {
    var shell = shell()
    #expect(try shell.result("fstat 3")["size"] == 4_194_304)
    #expect(try shell.result("fdatasync 4")["call"] == "fdatasync")
    #expect(try shell.result("fsync 4")["call"] == "fsync")
    #expect(try shell.result("ftruncate 4 4k")["return"] == 0)
    #expect(try shell.result("rm a4m")["return"] == 0)
  }
}
