import Glibc

/// The program between pipes, as another program runs it.
final class Piped {
  /// What came of a run.
  struct Result {
    var code: Int32?
    var output: String
    var diagnostics: String
  }

  let child: Child
  private var input: Int32
  private let outputs: [Int32]
  private var received: [[UInt8]] = [[], []]

  init?(_ arguments: [String], home: TemporaryFolder, environment: [String: String] = [:]) {
    var ends: [[Int32]] = []
    for _ in 0..<3 {
      var pair: [Int32] = [-1, -1]
      guard pipe(&pair) == 0 else { return nil }
      for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      ends.append(pair)
    }
    let theirs = [ends[0][0], ends[1][1], ends[2][1]]
    defer { theirs.forEach { close($0) } }
    guard
      let child = Child(
        arguments, environment: Child.environment(home: home, adding: environment), streams: theirs)
    else { return nil }
    self.child = child
    input = ends[0][1]
    outputs = [ends[1][0], ends[2][0]]
  }

  deinit {
    closeInput()
    outputs.forEach { close($0) }
  }

  func send(_ bytes: [UInt8]) { _ = write(input, bytes, bytes.count) }
  func send(_ text: String) { send(Array(text.utf8)) }

  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Stops reading the program's output, as `head` does when it has enough.
  func closeOutput() { close(outputs[0]) }

  /// Waits until the output so far contains a text.
  func waitFor(_ wanted: String) -> Bool {
    let deadline = Clock.now + Child.patience
    while !String(decoding: received[0], as: UTF8.self).contains(wanted) {
      let more = readAvailable(outputs[0], milliseconds: max(0, deadline - Clock.now))
      if more.isEmpty { return false }
      received[0] += more
    }
    return true
  }

  /// Closes the input, and waits for the end.
  func finish() -> Result {
    closeInput()
    var isOpen = [true, true]
    let deadline = Clock.now + Child.patience
    while isOpen.contains(true), Clock.now < deadline {
      var requests = zip(outputs, isOpen).map { pollfd(fd: $1 ? $0 : -1, events: Int16(POLLIN), revents: 0) }
      poll(&requests, 2, 1000)
      for (index, request) in requests.enumerated() where request.revents != 0 {
        let more = readAvailable(outputs[index], milliseconds: 0)
        received[index] += more
        if more.isEmpty { isOpen[index] = false }
      }
    }
    let texts = received.map { String(decoding: $0, as: UTF8.self) }
    return Result(code: child.waitForExit(), output: texts[0], diagnostics: texts[1])
  }

  /// Runs the program to its end with a text as its input.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) -> Result {
    let home = TemporaryFolder()
    guard let program = Piped(arguments, home: home, environment: environment) else {
      return Result(code: nil, output: "", diagnostics: "does not start")
    }
    program.send(input)
    return program.finish()
  }
}
