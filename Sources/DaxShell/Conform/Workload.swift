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

  /// The tag of the device: that of the first mount.
  var tag: String {
    for step in steps { if case .mount(let tag, _) = step.action { return tag } }
    return "myfs"
  }
}

/// What is wrong with a workload, as a sentence without a full stop.
struct WorkloadFailure: Error, Hashable {
  var message: String

  init(_ message: String) { self.message = message }
}

extension Workload {
  /// Reads a workload from JSON.
  init(_ bytes: [UInt8]) throws(WorkloadFailure) {
    let datum: Datum
    do throws(JSONReader.Failure) {
      datum = try JSONReader.read(bytes)
    } catch {
      throw WorkloadFailure("line \(error.line), column \(error.column): \(error.message)")
    }
    try self.init(datum)
  }

  /// Reads a workload from data.
  init(_ datum: Datum) throws(WorkloadFailure) {
    let top = WorkloadRecord(datum, of: "the workload")
    name = try top.text("name")
    device = try Device(top.record("device"))
    exactOn = try top.texts("exact_on")
    hangs = try top.flag("hangs", unless: false)
    kernelLog = top.has("kernel_log") ? try top.texts("kernel_log") : []
    files = []
    for field in try top.fields("files") {
      let file = WorkloadRecord(field.value, of: "the file `\(field.name)`")
      files.append(File(name: field.name, size: try file.unsigned("size"), seed: try file.text("seed")))
    }
    steps = []
    for (index, element) in try top.list("steps").enumerated() {
      steps.append(try Step(WorkloadRecord(element, of: "step \(index)")))
    }
    if steps.isEmpty { throw WorkloadFailure("the workload has no steps") }
  }
}

extension Workload.Device {
  init(_ record: WorkloadRecord) throws(WorkloadFailure) {
    window = try record.unsigned("window")
    mapAlignment =
      record.isNull("map_alignment") ? nil : UInt16(try record.unsigned("map_alignment", limit: 63))
    hasInodeDax = try record.flag("has_inode_dax", unless: true)
    maxWrite = UInt32(try record.unsigned("max_write", unless: 0x10_0000, limit: 1 << 30))
    writePiece = try record.unsigned("write_piece", unless: 507_904, limit: 1 << 30)
    attributeTimeout = try record.unsigned("attr_timeout", unless: 86_400)
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

  init(_ record: WorkloadRecord) throws(WorkloadFailure) {
    name = try record.text("op")
    let record = record.named(record.place + " (\(name))")
    action = try WorkloadAction(record, named: name)
    results = []
    // What the host shall fail with is no result.
    for result in Self.resultNames where name != "host_fail" {
      if let value = record.datum[result] { results.append(Field(result, value)) }
    }
    requests = []
    for (index, element) in try record.list("requests", isOptional: true).enumerated() {
      requests.append(try WorkloadRequest(WorkloadRecord(element, of: record.place + ", request \(index)")))
    }
  }
}
