import Testing

@testable import DaxModel
@testable import DaxShell

/// What `explain` and `apropos` say about files.
@Suite("Words of files")
struct FileTopicTests {
  static let topics: [Topic] = [
    .range, .mount, .mmap, .setupmapping, .removemapping, .pageCache, .hole, .sigbus, .deviceDeath, .pmd,
    .coherence, .inodeDax, .variant, .reclaim, .inode, .locks, .request, .fault,
  ]

  @Test("A word of files is explained, however it is written, and apropos finds it", arguments: topics)
  func explained(topic: Topic) throws {
    var shell = TestShell()
    #expect(topic.text.utf8.count > 150 && topic.text.hasSuffix("."))
    for word in [topic.rawValue, topic.rawValue.uppercased()] {
      #expect(try shell.result("explain \(word)")["topic"] == .text(topic.rawValue))
    }
    let rows = try shell.result("apropos \(topic.rawValue)")["rows"].elements
    #expect(rows.contains { $0["kind"] == "topic" && $0["name"] == .text(topic.rawValue) })
    #expect(shell.run("explain").contains(topic.rawValue))
  }

  @Test(
    "Other words lead to the same places",
    arguments: [
      ("SETUPMAPPING", "setupmapping"), ("REMOVEMAPPING", "removemapping"), ("SIGBUS", "sigbus"),
      ("PMD", "pmd"), ("PTE", "pmd"), ("pagecache", "page-cache"), ("kworker", "reclaim"), ("INIT", "mount"),
      ("moffset", "setupmapping"), ("crosvm", "variant"), ("virtiofsd-2024", "variant"), ("dax=inode", "inode-dax"),
      ("invalidate_lock", "locks"), ("dmap", "range"), ("variants", "variant"),
    ])
  func others(word: String, topic: String) throws {
    var shell = TestShell()
    #expect(try shell.result("explain \(word)")["topic"] == .text(topic))
  }

  @Test("Functions, errors and instructions are still found under their names")
  func namesStay() throws {
    var shell = TestShell()
    for function in FunctionNames.all {
      #expect(try shell.result("explain \(function)")["topic"] == nil, "\(function)")
    }
    for errno in Errno.allCases { #expect(try shell.result("explain \(errno.name)")["errno"] == .text(errno.name)) }
  }

  @Test("The topics of requests and flags say what the numbers mean")
  func numbers() {
    #expect(Topic.setupmapping.text.contains("flags=1 is for writing, 2 for reading, 3 for both"))
    #expect(Topic.mount.text.contains("0x4000000 MAP_ALIGNMENT"))
    let offered: FuseFeatures = [.asyncRead, .mapAlignment, .inodeDax]
    #expect(offered.names == ["ASYNC_READ", "MAP_ALIGNMENT", "HAS_INODE_DAX"])
  }
}
