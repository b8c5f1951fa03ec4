#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The largest resident set of this process so far, in bytes.
func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(0, &usage)  // RUSAGE_SELF, a constant whose type differs between C libraries
  #if canImport(Darwin)
    return usage.ru_maxrss
  #else
    return usage.ru_maxrss * 1024
  #endif
}

/// Runs this program again with other arguments and returns what it printed, or nil if it failed.
///
/// Each row is measured in a process of its own, so that its peak memory is nobody else's.
func runAgain(_ arguments: [String]) -> String? {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { return nil }
  defer { close(ends[0]) }

  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  posix_spawn_file_actions_addclose(&actions, ends[0])
  defer { posix_spawn_file_actions_destroy(&actions) }

  var words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments[0]] + arguments).map { strdup($0) }
  words.append(nil)
  defer { for word in words { free(word) } }

  var child: pid_t = 0
  let spawned = posix_spawnp(&child, CommandLine.arguments[0], &actions, nil, words, environ)
  close(ends[1])
  guard spawned == 0 else { return nil }

  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(ends[0], &buffer, buffer.count)
    if count <= 0 { break }
    text += buffer[..<count]
  }
  var status: Int32 = 0
  guard waitpid(child, &status, 0) == child, status == 0 else { return nil }
  return String(decoding: text, as: UTF8.self)
}

/// Says why on standard error and leaves with the exit code for usage.
func fail(_ message: String) -> Never {
  let text = Array("daxbench: \(message)\n".utf8)
  _ = write(2, text, text.count)
  exit(64)
}
