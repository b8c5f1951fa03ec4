import DaxModel

/// What a real kernel did: system calls in order, their results, and the requests that they caused.
struct Workload: Hashable {
  /// The device on which it was recorded.
  struct Device: Hashable {
    var window: UInt64
    /// A base-2 logarithm; nil if the flag is not offered.
    var mapAlignment: UInt16?
    var hasInodeDax: Bool
    var maxWrite: UInt32
    /// The longest WRITE that was seen: what fits into the queue.
    var writePiece: UInt64
    var attributeTimeout: UInt64
  }

  /// A file of the host at the start.
  struct File: Hashable {
    var name: String
    var size: UInt64
    var seed: String

    /// Whether the host wants DAX for it: recordings say so in the name.
    var isDax: Bool { isPart("dax", of: name) }

    /// The folders that it lies in, each after the one that it is in.
    var folders: [String] {
      let parts = name.split(separator: "/").dropLast()
      return parts.indices.map { parts[...$0].joined(separator: "/") }
    }
  }

  /// A step with what came of it.
  struct Step: Hashable {
    /// What was done, as the recording calls it.
    var name: String
    var action: WorkloadAction
    /// The results by their names, such as `ret` and `crc32`.
    var results: [Field]
    /// The requests of the data path.
    var requests: [WorkloadRequest]
    /// Whether it was recorded what they were.
    var hasRequests = true

    /// A result.
    subscript(name: String) -> Datum? { results.first { $0.name == name }?.value }
  }

  var name: String
  var device: Device
  var files: [File]
  /// The releases on which the order of the requests is always the same.
  var exactOn: [String]
  /// Whether the last step never returned.
  var hangs: Bool
  /// Lines that the kernel logged, each with its prefix.
  var kernelLog: [String]
  var steps: [Step]
  /// What makes it impossible to begin, in a sentence.
  var flaw: String?

  /// The tag of the device: that of the first mount.
  var tag: String {
    for step in steps { if case .mount(let tag, _) = step.action { return tag } }
    return "myfs"
  }

  /// Files that were run as programs: unless the kernel said that nobody may, somebody may.
  var programs: Set<String> {
    var names: Set<String> = []
    for step in steps {
      if case .exec(let name) = step.action, step["errno"]?.agrees(with: 13, as: "errno") != true {
        names.insert(name)
      }
    }
    return names
  }

  /// Whether the requests were always the same on a release.
  func isExact(on release: KernelRelease) -> Bool {
    exactOn.contains { $0 == release.name || $0.hasPrefix(release.name + ".") }
  }
}

/// What is wrong with a workload, as a sentence without a full stop.
struct WorkloadFailure: Error, Hashable {
  var message: String

  init(_ message: String) { self.message = message }
}

/// What steps leave out because it was said before.
struct WorkloadContext {
  var files: [Workload.File] = []
  /// The tag of the first mount that has one.
  var tag = "myfs"
  /// The file that was opened first, and the last one.
  var firstOpened: String?
  var lastOpened: String?

  /// The file of a step that does not say which.
  var file: String? { lastOpened ?? (files.count == 1 ? files.first?.name : nil) }
}

extension Workload {
  /// Reads a workload from JSON.
  init(_ bytes: [UInt8], named standardName: String? = nil) throws(WorkloadFailure) {
    let datum: Datum
    do throws(JSONReader.Failure) {
      datum = try JSONReader.read(bytes)
    } catch {
      throw WorkloadFailure("line \(error.line), column \(error.column): \(error.message)")
    }
    try self.init(datum, named: standardName)
  }

  /// Reads a workload from data.
  ///
  /// What is no list of steps is no workload. Whatever else is wrong is found where it matters: in the step, or at the
  /// beginning.
  init(_ datum: Datum, named standardName: String? = nil) throws(WorkloadFailure) {
    let top = WorkloadRecord(datum, of: "the workload")
    let elements = try top.list("steps")
    name = (try? top.text("name")) ?? standardName ?? "workload"
    device = Device()
    (files, exactOn, kernelLog, steps, hangs) = ([], [], [], [], false)
    do throws(WorkloadFailure) {
      device = try Device(top.record("device"))
      exactOn = top.has("exact_on") ? try top.texts("exact_on") : []
      hangs = try top.flag("hangs", unless: false)
      kernelLog = top.has("kernel_log") ? try top.texts("kernel_log") : []
      files = try File.list(top)
      if elements.isEmpty { flaw = "the workload has no steps" }
    } catch {
      flaw = error.message
    }
    var context = WorkloadContext(files: files)
    for element in elements where element["op"] == "mount" {
      if case .text(let tag)? = element["tag"] {
        context.tag = tag
        break
      }
    }
    for (index, element) in elements.enumerated() {
      let step = Step(WorkloadRecord(element, of: "step \(index)"), context)
      if case .open(let name, _) = step.action {
        context.firstOpened = context.firstOpened ?? name
        context.lastOpened = name
      }
      steps.append(step)
    }
  }
}

extension Workload.File {
  /// The files of a workload: a record by their names, or a list of records that have names.
  fileprivate static func list(_ top: WorkloadRecord) throws(WorkloadFailure) -> [Workload.File] {
    if !top.has("files") { return [] }
    var files: [Workload.File] = []
    if case .list(let elements)? = top.datum["files"] {
      for element in elements {
        let record = WorkloadRecord(element, of: "a file")
        files.append(try file(try record.text("name"), record))
      }
    } else {
      for field in try top.fields("files") {
        files.append(try file(field.name, WorkloadRecord(field.value, of: "the file `\(field.name)`")))
      }
    }
    return files
  }

  private static func file(_ name: String, _ record: WorkloadRecord) throws(WorkloadFailure) -> Workload.File {
    // A number alone is the size.
    if let size = record.datum.wholeNumber, !size.isNegative {
      return Workload.File(name: name, size: size.bits, seed: name)
    }
    return Workload.File(
      name: name, size: try record.unsigned("size", unless: 0),
      seed: record.has("seed") ? try record.text("seed") : name)
  }
}

extension Workload.Device {
  /// As most recordings have it, without a window.
  init() {
    (window, mapAlignment, hasInodeDax) = (0, 12, true)
    (maxWrite, writePiece, attributeTimeout) = (0x10_0000, 507_904, 86_400)
  }

  init(_ record: WorkloadRecord) throws(WorkloadFailure) {
    self.init()
    window = record.isNull("window") ? 0 : try record.unsigned("window")
    if record.isNull("map_alignment") {
      mapAlignment = nil
    } else {
      mapAlignment = UInt16(try record.unsigned("map_alignment", unless: 12, limit: 0xffff))
    }
    hasInodeDax = try record.flag("has_inode_dax", unless: true)
    // More than a gigabyte never fits into a request.
    maxWrite = UInt32(min(try record.unsigned("max_write", unless: 0x10_0000), 1 << 30))
    writePiece = min(try record.unsigned("write_piece", unless: 507_904), 1 << 30)
    attributeTimeout = try record.seconds("attr_timeout", unless: 86_400)
  }

  /// The server of the device.
  var server: FuseServerConfiguration {
    var server = FuseServerConfiguration(window: ByteCount(window))
    server.mapAlignment = mapAlignment
    server.hasInodeDax = hasInodeDax
    server.maxWrite = maxWrite
    server.attributeTimeout = attributeTimeout
    server.queueSize = max(writePiece / 4096, 1) + 4
    server.logLimit = 1 << 16
    return server
  }
}

extension Workload.Step {
  /// Names of results, in the order in which they are compared.
  static let resultNames = [
    "ok", "ret", "errno", "sig", "si_code", "si_off", "size", "blocks", "attr_dax", "attr_mask_dax", "calls",
    "crc32",
    "hex",
  ]

  /// Reads a step. One that cannot be read has an action that says so.
  init(_ record: WorkloadRecord, _ context: WorkloadContext) {
    (name, action, results, requests) = ("", .unreadable(""), [], [])
    do throws(WorkloadFailure) {
      name = try record.text("op")
      let record = record.named(record.place + " (\(name))")
      // What the host shall fail with is no result.
      for result in Self.resultNames where name != "host_fail" {
        if record.has(result), let value = record.datum[result] { results.append(Field(result, value)) }
      }
      action = try WorkloadAction(record, named: name, context)
      hasRequests = record.has("requests")
      for (index, element) in try record.list("requests", isOptional: true).enumerated() {
        let request = WorkloadRecord(element, of: record.place + ", request \(index)")
        if let request = try WorkloadRequest(request) { requests.append(request) }
      }
    } catch {
      action = .unreadable(error.message)
    }
  }
}
