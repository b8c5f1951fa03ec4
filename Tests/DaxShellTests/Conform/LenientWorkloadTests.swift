import DaxModel
import Testing

@testable import DaxShell

/// Recordings that leave something out, or write it in another way: they are run, and what cannot be done is a difference
/// at its step.
@Suite("Recordings that say less, or say it otherwise")
struct LenientWorkloadTests {
  static let mount =
    #"{"op":"mount","tag":"w64m","opts":"dax","ret":0,"errno":0,"requests":[{"op":"INIT","map_alignment":12}]}"#
  static let open = #"{"op":"open","file":"a","flags":"02","ret":3,"errno":0,"requests":[]}"#
  static let mmap =
    #"{"op":"mmap","file":"a","off":0,"len":4194304,"prot":3,"flags":"0x1","ok":1,"errno":0,"requests":[]}"#

  /// Steps behind a mount and what else is given, on a device with a window of 64 MiB.
  static func check(
    _ steps: [String], after start: [String] = [mount, open], window: String = "67108864",
    files: String = #""a":{"size":4194304,"seed":"a"}"#, others: String = ""
  ) throws -> Divergence? {
    let text = """
      {"name":"n","exact_on":["6.12"],"device":{"window":\(window),"map_alignment":12},"files":{\(files)}\(others),
      "steps":[\((start + steps).joined(separator: ","))]}
      """
    return Conformance.check(try Workload(Array(text.utf8)), on: .v6_12).divergence
  }

  /// The checksum of bytes of the file `a`.
  static func crc(_ offset: UInt64, _ count: Int, seed: String = "a") -> String {
    Crc32(FilePattern(seed: seed).bytes(at: offset, count: count)).text
  }

  static let setup0 =
    #"{"op":"SETUPMAPPING","file":"a","foffset":0,"len":2097152,"flags":2,"moffset":0}"#

  static let passing: [(String, [String])] = [
    ("mprotect without prot", [mmap, #"{"op":"mprotect","ret":0,"errno":0,"ok":1,"requests":[]}"#]),
    (
      "pread without file and offset",
      ["{\"op\":\"pread\",\"len\":4096,\"ret\":4096,\"crc32\":\"\(crc(0, 4096))\",\"requests\":[\(setup0)]}"]
    ),
    ("a length beyond what a call moves", [#"{"op":"pread","len":99999999999,"ret":4194304}"#]),
    ("pread without length", [#"{"op":"pread","ret":100,"errno":0}"#]),
    (
      "null fields",
      [
        #"{"op":"pread","file":null,"off":null,"len":4096,"ret":4096,"errno":null,"crc32":null,"requests":null}"#
      ]
    ),
    (
      "numbers as texts, and a checksum in upper case",
      [
        "{\"op\":\"pread\",\"off\":\"0x1000\",\"len\":\"4096\",\"ret\":\"4096\",\"errno\":\"0\",\"crc32\":\"0x\(crc(4096, 4096).uppercased())\"}"
      ]
    ),
    ("numbers with a point", [#"{"op":"pread","off":0.0,"len":4.096e3,"ret":4096.0,"took":0.25}"#]),
    (
      "protection and flags as texts",
      [
        #"{"op":"mmap","file":"a","len":4194304,"prot":"0x3","flags":"0x1","ok":true}"#,
        #"{"op":"msync","off":0,"len":4096,"flags":"0x4","ret":0,"errno":0}"#,
      ]
    ),
    (
      "an error of 0 takes a failure back",
      [
        #"{"op":"host_fail","request":"SETUPMAPPING","nth":1,"errno":5}"#,
        #"{"op":"host_fail","request":"SETUPMAPPING","nth":1,"errno":0}"#, #"{"op":"pread","len":8,"ret":8}"#,
      ]
    ),
    (
      "any error of Linux, as a number or by its name",
      [
        #"{"op":"host_fail","request":"SETUPMAPPING","errno":40}"#,
        #"{"op":"pread","len":8,"ret":-1,"errno":"ELOOP","requests":[{"op":"SETUPMAPPING","error":40}]}"#,
        #"{"op":"host_fail","request":"FUSE_SETUPMAPPING","errno":-74}"#,
        #"{"op":"pread","len":8,"ret":-1,"errno":74,"requests":[{"op":"SETUPMAPPING","error":"-EBADMSG"}]}"#,
      ]
    ),
    (
      "requests that are not compared, and fields that are not",
      [
        "{\"op\":\"pread\",\"len\":8,\"ret\":8,\"requests\":[{\"op\":\"LOOKUP\"},{\"op\":\"STATX\"},{\"op\":\"SETUPMAPPING\",\"file\":\"a\",\"fh\":3,\"unique\":77,\"moffset\":0}]}"
      ]
    ),
    (
      "a bad mount option, and options that are no business of it",
      [
        #"{"op":"close","file":"a","ret":0}"#, #"{"op":"umount","ret":0}"#,
        #"{"op":"mount","tag":"w64m","opts":"dax=foo","ret":-1,"errno":22,"requests":[]}"#,
        #"{"op":"mount","tag":"w64m","opts":"rw,noatime, dax","ret":0}"#,
        #"{"op":"remount","opts":"dax=foo","ret":-1,"errno":22}"#,
        #"{"op":"remount","opts":"rw,dax=never","ret":0}"#, #"{"op":"umount","ret":0}"#,
        #"{"op":"mount","opts":null,"ret":0}"#,
      ]
    ),
    (
      "a second mount of the same, and an unmount for each",
      [
        #"{"op":"mount2","ret":0,"errno":0,"requests":[]}"#, #"{"op":"close","ret":0}"#,
        #"{"op":"umount","ret":0,"requests":[]}"#, #"{"op":"umount","ret":0,"requests":[{"op":"DESTROY"}]}"#,
        #"{"op":"umount","ret":-1,"errno":22,"requests":[]}"#,
      ]
    ),
    (
      "sizes and offsets below 0 and near 2^63",
      [
        #"{"op":"pread","off":-4096,"len":4096,"ret":-1,"errno":22,"requests":[]}"#,
        #"{"op":"pread","off":9223372036854775807,"len":4096,"ret":-1,"errno":22,"requests":[]}"#,
        #"{"op":"pread","off":9223372036854771712,"len":4095,"ret":0,"errno":0,"requests":[]}"#,
        #"{"op":"pread","off":18446744073709551615,"len":1,"ret":-1,"errno":22,"requests":[]}"#,
        #"{"op":"ftruncate","len":-1,"ret":-1,"errno":22,"requests":[]}"#,
        #"{"op":"fallocate","off":9223372036854775807,"len":1,"ret":-1,"requests":[]}"#,
        #"{"op":"mmap","off":9223372036854771712,"len":4096,"ok":0,"errno":75,"ret":-1}"#,
        #"{"op":"mmap","len":4096,"flags":0,"ok":0,"errno":22}"#,
      ]
    ),
    (
      "a long sleep, with results", [#"{"op":"sleep_ms","ms":99999999999,"ret":0,"errno":0,"requests":[]}"#]
    ),
    (
      "two mappings",
      [
        mmap, mmap, #"{"op":"munmap","len":4194304,"ret":0,"ok":1}"#,
        "{\"op\":\"mread\",\"len\":8,\"sig\":0,\"crc32\":\"\(crc(0, 8))\"}",
        #"{"op":"munmap","ret":0}"#,
      ]
    ),
    (
      "a part of a mapping is taken away",
      [
        mmap, #"{"op":"munmap","off":0,"len":4096,"ret":0,"errno":0}"#,
        #"{"op":"mread","off":0,"len":8,"sig":11,"si_code":1,"si_off":0,"requests":[]}"#,
        "{\"op\":\"mread\",\"off\":2097152,\"len\":8,\"sig\":0,\"crc32\":\"\(crc(2 << 20, 8))\"}",
        #"{"op":"munmap","off":1,"len":4096,"ret":-1,"errno":22,"ok":0}"#, #"{"op":"munmap","ret":0}"#,
      ]
    ),
    (
      "a part of a mapping is protected",
      [
        mmap, #"{"op":"mprotect","off":0,"len":4096,"prot":1,"ret":0}"#,
        #"{"op":"mwrite","off":0,"len":8,"seed":"w","sig":11,"si_code":2,"si_off":0}"#,
        #"{"op":"mwrite","off":4096,"len":8,"seed":"w","sig":0}"#,
        #"{"op":"mwrite","off":2097152,"len":8,"seed":"w","sig":0}"#,
        #"{"op":"mprotect","off":4194304,"len":4096,"prot":1,"ret":-1,"errno":12}"#,
      ]
    ),
    (
      "checksums of what moves between a file and a mapping of it",
      [
        mmap,
        "{\"op\":\"pread_into_map\",\"off\":2097152,\"len\":4096,\"map_off\":0,\"ret\":4096,\"crc32\":\"\(crc(2 << 20, 4096))\"}",
        "{\"op\":\"pwrite_from_map\",\"off\":8192,\"len\":4096,\"map_off\":4096,\"ret\":4096,\"crc32\":\"\(crc(4096, 4096))\"}",
        "{\"op\":\"host_read\",\"off\":8192,\"len\":8,\"ret\":8,\"crc32\":\"\(crc(4096, 8))\"}",
        "{\"op\":\"host_write\",\"off\":0,\"len\":8,\"seed\":\"s\",\"ret\":8,\"crc32\":\"\(crc(0, 8, seed: "s"))\"}",
      ]
    ),
    (
      "a store that ends with a signal has a checksum",
      [
        mmap, #"{"op":"host_truncate","len":4194304}"#, #"{"op":"ftruncate","len":4096,"ret":0}"#,
        "{\"op\":\"mwrite\",\"off\":8192,\"len\":8,\"seed\":\"w\",\"sig\":7,\"crc32\":\"\(crc(8192, 8, seed: "w"))\"}",
      ]
    ),
    (
      "a file that was run may be run, unless the kernel said no",
      [#"{"op":"exec","ret":-1,"errno":8}"#]
    ), ("a file that nobody may run", [#"{"op":"exec","ret":-1,"errno":13,"requests":[]}"#]),
    ("flags of open in hexadecimal", [#"{"op":"open","file":"a","flags":"0x2","ret":4}"#]),
  ]

  @Test("passes", arguments: passing) func passes(_ name: String, _ steps: [String]) throws {
    #expect(try Self.check(steps) == nil, "\(name)")
  }

  @Test(
    "Who names no file, and has opened none, means the only one there is",
    arguments: [
      #"{"op":"exec","ret":-1,"errno":8}"#, #"{"op":"truncate","len":100,"ret":0}"#,
      #"{"op":"unlink","ret":0}"#,
      #"{"op":"statx","ret":0,"size":4194304}"#, #"{"op":"open","ret":3}"#,
    ])
  func onlyFile(_ step: String) throws {
    #expect(try Self.check([step], after: [Self.mount]) == nil)
  }

  @Test("Files may lie in folders") func folders() throws {
    let steps = [
      #"{"op":"open","file":"d/e/f","flags":"00","ret":3}"#,
      #"{"op":"pread","len":8,"ret":8,"requests":[{"op":"SETUPMAPPING","file":"d/e/f","foffset":0,"len":2097152,"flags":2,"moffset":0}]}"#,
    ]
    let files = #""d/e/f":{"size":4096},"d/g":{"size":"10","seed":"x"},"h":4096"#
    #expect(try Self.check(steps, after: [Self.mount], files: files) == nil)
  }

  @Test(
    "Windows of any size",
    arguments: ["5242881", "3145728", "4611686018427387904", "9223372036854775807", "1"])
  func windows(_ window: String) throws {
    let steps = [#"{"op":"umount"}"#]
    let divergence = try Self.check(steps, after: [#"{"op":"mount","opts":"dax"}"#], window: window)
    #expect(divergence?.field ?? "machine" == "machine")
  }

  static let differences: [(String, Int, String)] = [
    (#"{"op":"fly"}"#, 2, "step 2 (fly) is no step that is known"),
    ("3", 2, "step 2 is not a record"), ("{}", 2, "step 2 has no `op`"),
    ("null", 2, "step 2 is not a record"),
    (#"{"op":"pwrite","len":8}"#, 2, "step 2 (pwrite) has no `seed`"),
    (#"{"op":"pread"}"#, 2, "step 2 (pread) has no `len`"),
    (#"{"op":"mread","len":99999999999}"#, 2, "`len` of step 2 (mread) is more than 1073741824"),
    (#"{"op":"pread","len":[8]}"#, 2, "`len` of step 2 (pread) is not a number from 0 on"),
    (
      #"{"op":"host_fail","request":"FLY","nth":1,"errno":5}"#, 2,
      "step 2 (host_fail) is about `FLY`, which is no request"
    ),
    (
      #"{"op":"host_fail","request":"READ","nth":1,"errno":500}"#, 2,
      "step 2 (host_fail) asks for error 500, which Linux does not have"
    ), (#"{"op":"munmap"}"#, 2, "nothing is mapped"),
    (#"{"op":"pread","len":8,"requests":[7]}"#, 2, "step 2 (pread), request 0 is not a record"),
  ]

  @Test("What cannot be done is a difference at its step", arguments: differences)
  func difference(_ step: String, _ index: Int, _ sentence: String) throws {
    let divergence = try #require(try Self.check([step, #"{"op":"sleep_ms"}"#]))
    #expect(divergence.step == index)
    #expect(divergence.field == "end")
    #expect(divergence.actual == .text(sentence))
  }

  @Test(
    "What makes it impossible to begin is a difference, too",
    arguments: [
      (#"{"name":"n","steps":[]}"#, "the workload has no `device`"),
      (#"{"device":{"window":0},"steps":[]}"#, "the workload has no steps"),
      (#"{"device":{"window":-1},"steps":[1]}"#, "`window` of `device` is not a number from 0 on"),
      (
        #"{"device":{"window":0},"files":{"a":{"size":[]}},"steps":[1]}"#,
        "`size` of the file `a` is not a number from 0 on"
      ),
    ])
  func flaw(_ text: String, _ sentence: String) throws {
    let divergence = Conformance.check(try Workload(Array(text.utf8)), on: .v6_12).divergence
    #expect(divergence?.step == nil)
    #expect(divergence?.actual == .text(sentence))
  }

  @Test("Who dies in the last step has not returned either") func death() throws {
    let steps = [
      #"{"op":"pread","len":8,"ret":8}"#, #"{"op":"host_truncate","len":0}"#, #"{"op":"pread","len":8}"#,
    ]
    #expect(try Self.check(steps, others: #","hangs":true"#) == nil)
    #expect(try Self.check(steps)?.field == "end")
    #expect(try Self.check([steps[0]], others: #","hangs":true"#)?.expected == "hangs")
  }

  @Test("A name that was given anew is another file: one range that goes with it was not reclaimed")
  func sameName() throws {
    let steps = [
      #"{"op":"pread","off":0,"len":4096,"ret":4096}"#, #"{"op":"unlink","ret":0}"#,
      #"{"op":"open","file":"a","flags":"0102","ret":4}"#, #"{"op":"pwrite","len":10,"seed":"x","ret":10}"#,
      #"{"op":"pread","len":10,"ret":10}"#, #"{"op":"close","ret":0}"#, #"{"op":"drop_caches","what":2}"#,
    ]
    let text = """
      {"name":"n","device":{"window":67108864},"files":{"a":{"size":4194304}},
      "steps":[\(([Self.mount, Self.open] + steps).joined(separator: ","))]}
      """
    let workload = try Workload(Array(text.utf8))
    #expect(Conformance.check(workload, on: .v6_12).divergence == nil)
  }

  @Test("A release is meant by its number, or by that of one of its updates")
  func releases() throws {
    let text = #"{"device":{"window":0},"exact_on":["6.1.192","7.3"],"steps":[{"op":"umount"}]}"#
    let workload = try Workload(Array(text.utf8))
    #expect(workload.isExact(on: .v6_1))
    #expect(!workload.isExact(on: .v6_12))
  }

  @Test(
    "A part of a second counts as a whole one",
    arguments: [("0.5", 1 as UInt64), ("1.0", 1), ("2.01", 3), ("0", 0)])
  func seconds(_ text: String, _ seconds: UInt64) throws {
    let text = "{\"device\":{\"window\":null,\"attr_timeout\":\(text)},\"steps\":[{\"op\":\"umount\"}]}"
    #expect(try Workload(Array(text.utf8)).device.attributeTimeout == seconds)
  }

  @Test("Options of a mount are parted by commas") func options() {
    #expect(MountOptions("dax,ro").isReadOnly)
    #expect(MountOptions("ro,rw,dax=inode").dax == .inode)
    #expect(!MountOptions("ro,rw").isReadOnly)
    #expect(MountOptions("").unknown == nil)
    #expect(MountOptions("dax,rootmode=4").unknown == "rootmode=4")
  }
}
