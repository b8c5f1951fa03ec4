import DaxModel

// Commands that look for holes, move bytes inside the kernel, and run a file.

extension Session {
  mutating func lseek(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3)
    let example = "lseek 3 0 hole"
    let file = try descriptor(line, example: example)
    let call = try lseekCall(file, line, first: 1, example: example)
    return callAnswer("lseek", try systemCall(call, line))
  }

  /// `OFFSET [data|hole]` from the argument `first` on.
  func lseekCall(
    _ file: FileDescriptor, _ line: Invocation, first: Int, example: String
  ) throws(Diagnostic) -> SystemCall {
    let offset = try line.argument(first, "the offset", example: example).unsigned("the offset")
    let isData = try word(line, first + 1, among: ["data", "hole"]) == "data"
    return .lseek(file, offset, whence: isData ? FuseLseek.data : FuseLseek.hole)
  }

  mutating func sendfile(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 3)
    let example = "sendfile 3 0 8k"
    let file = try descriptor(line, example: example)
    let (offset, length) = try transferArguments(line, first: 1, example: example)
    return callAnswer("sendfile", try systemCall(.sendfile(file, offset: offset, length: length), line))
  }

  mutating func copyFileRange(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 5)
    let example = "copy_file_range 3 0 4 0 8k"
    let file = try descriptor(line, example: example)
    let call = try copyFileRangeCall(file, line, first: 1, example: example)
    return callAnswer("copy_file_range", try systemCall(call, line))
  }

  /// `OFFSET FD OFFSET LEN` from the argument `first` on.
  func copyFileRangeCall(
    _ file: FileDescriptor, _ line: Invocation, first: Int, example: String
  ) throws(Diagnostic) -> SystemCall {
    let offset = try line.argument(first, "the offset", example: example).unsigned("the offset")
    let target = try descriptor(line, first + 1, example: example)
    let (targetOffset, length) = try transferArguments(line, first: first + 2, example: example)
    return .copyFileRange(file, offset, target, targetOffset, length: length)
  }

  mutating func exec(_ line: Invocation) throws(Diagnostic) -> Answer {
    try line.check(arguments: 1)
    let file = try line.argument(0, "the file", example: "exec a4m")
    try requireMount(file)
    return callAnswer("execve", try systemCall(.exec(file.text), line))
  }
}
