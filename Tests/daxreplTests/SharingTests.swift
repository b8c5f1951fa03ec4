import DaxShell
import Glibc
import Testing

@testable import daxrepl

/// Folders that are shared: what is in them is seen, and nothing else.
@Suite("Sharing a folder")
struct SharingTests {
  private let folder = TemporaryFolder()
  private var root: String { folder.path + "/shared" }

  private func make() {
    mkdir(root, 0o755)
    mkdir(root + "/inner", 0o755)
    _ = folder.file("secret", "secret")
    _ = folder.file("shared/a", "\u{0}abc")
    _ = folder.file("shared/inner/b", String(repeating: "x", count: 3_000_000))
    symlink("../secret", root + "/out")
    symlink("..", root + "/up")
    symlink("a", root + "/within")
    symlink("nothing", root + "/dangling")
    symlink("inner", root + "/inner2")
    mkfifo(root + "/pipe", 0o644)
  }

  private func tree() throws -> SharedTree {
    var host = FileHost()
    return try host.listTree(root, limit: 100).get()
  }

  @Test("Regular files are found in all folders, and links are left out with a reason")
  func listed() throws {
    make()
    let tree = try tree()
    #expect(tree.files == [SharedFile(path: "a", size: 4), SharedFile(path: "inner/b", size: 3_000_000)])
    #expect(tree.folders == ["inner"])
    let reasons = Dictionary(uniqueKeysWithValues: tree.leftOut.map { ($0.path, $0.reason) })
    #expect(reasons["out"] == "it is a symbolic link that leads out of the folder")
    #expect(reasons["up"] == "it is a symbolic link that leads out of the folder")
    #expect(reasons["within"] == "it is a symbolic link, and what it leads to is shared anyway")
    #expect(reasons["dangling"] == "it is a symbolic link that leads nowhere")
    #expect(reasons["pipe"] == "it is neither a file nor a folder")
    #expect(reasons.count == 6)
    var host = FileHost()
    #expect(throws: FileFailure.self) { try host.listTree(root, limit: 3).get() }
    #expect(throws: FileFailure(reason: "no such file")) { try host.listTree(root + "/none", limit: 3).get() }
    #expect(throws: FileFailure(reason: "it is not a folder")) {
      try host.listTree(root + "/a", limit: 3).get()
    }
  }

  @Test("A name that is not UTF-8 is left out under an escaped name")
  func strangeName() throws {
    make()
    let name = Array(root.utf8) + [0x2f, 0x62, 0xff, 0x0a, 0]
    let descriptor = name.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o644) } ?? -1 }
    }
    #expect(descriptor >= 0)
    close(descriptor)
    let left = try tree().leftOut.first { $0.reason == "its name is not UTF-8" }
    #expect(left?.path == "b\\xff\\x0a")
  }

  @Test("In a folder of recordings a pipe and a dangling link are rows, and nothing waits for them")
  func folderOfRecordings() throws {
    make()
    mkfifo(root + "/pipe.json", 0o644)
    symlink("nothing", root + "/gone.json")
    let result = Piped.run(["-c", "conform \(root)"])
    #expect(result.code == 2)
    #expect(result.output.contains("it cannot be read: it is no regular file"))
    #expect(result.output.contains("it cannot be read: no such file"))
    #expect(result.output.contains("0 passed, 2 failed"))
    let empty = Piped.run(["-c", "conform \(root)/inner"])
    #expect(empty.code == 66)
    #expect(empty.diagnostics.contains("there are no recordings in"))
  }

  @Test("Files are read in pieces, and only those in the folder")
  func read() throws {
    make()
    var host = FileHost()
    #expect(try host.readShared(root, "a", offset: 0, count: 10).get() == [0, 0x61, 0x62, 0x63])
    #expect(try host.readShared(root, "inner/b", offset: 2_999_999, count: 10).get() == [0x78])
    #expect(try host.readShared(root, "a", offset: 99, count: 10).get() == [])
    for path in ["../secret", "inner/../../secret", "/a", "", "./a", "inner//b"] {
      #expect(throws: FileFailure(reason: "its path leads out of the folder")) {
        try host.readShared(root, path, offset: 0, count: 10).get()
      }
    }
    #expect(throws: FileFailure(reason: "it has become a symbolic link")) {
      try host.readShared(root, "out", offset: 0, count: 10).get()
    }
    #expect(throws: FileFailure.self) { try host.readShared(root, "inner2/b", offset: 0, count: 10).get() }
    #expect(throws: FileFailure(reason: "it is no regular file any more")) {
      try host.readShared(root, "pipe", offset: 0, count: 10).get()
    }
    #expect(throws: FileFailure(reason: "no such file")) {
      try host.readShared(root, "gone", offset: 0, count: 10).get()
    }
  }

  @Test("The program shares a folder, and the guest reads it through the window")
  func shared() throws {
    make()
    let result = Piped.run([
      "-c", "share \(root)", "-c", "probe", "-c", "mount myfs dax", "-c", "dd a bs=1M",
    ])
    #expect(result.code == 0)
    #expect(result.output.contains("on the host now: 2 files, 3000004 bytes"))
    #expect(result.output.contains("left out: out: it is a symbolic link that leads out of the folder"))
    #expect(result.output.contains("4 bytes in 2 reads"))
    #expect(Piped.run(["-c", "share \(root)/../elsewhere"]).code == 1)
  }
}
