import Glibc
import Testing

/// The program as a child process, which ends with the test, whatever happens.
final class Child {
  let id: pid_t
  private var status: Int32?

  /// Where a test stops waiting, in milliseconds.
  ///
  /// Far more than any machine needs; a passing test never gets near it.
  static let patience: Int = 60_000

  /// Starts the program with the descriptors for its standard input, output and error.
  init?(_ arguments: [String], environment: [String: String], streams: [Int32], terminal: String? = nil) {
    // A child that has gone must not take the tests with it; it gets the default back below.
    _ = Glibc.signal(SIGPIPE, SIG_IGN)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let terminal {
      // The first terminal that a session leader opens becomes its own.
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal, O_RDWR, 0)
      posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
      posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
    } else {
      for (target, source) in streams.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID, which the headers hide.
    posix_spawnattr_setflags(
      &attributes, Int16(Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | newSession))

    var words: [UnsafeMutablePointer<CChar>?] = ([Shell.program] + arguments).map { strdup($0) }
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { (words + settings).forEach { free($0) } }
    words.append(nil)
    settings.append(nil)
    var id = pid_t()
    guard posix_spawn(&id, Shell.program, &actions, &attributes, words, settings) == 0 else { return nil }
    self.id = id
  }

  deinit {
    guard status == nil else { return }
    kill(id, SIGKILL)
    var ignored: Int32 = 0
    waitpid(id, &ignored, 0)
  }

  func signal(_ number: Int32) { kill(id, number) }

  /// Waits for the end: the exit code, or 128 and the signal.
  func waitForExit(milliseconds: Int = Child.patience) -> Int32? {
    let deadline = Clock.now + milliseconds
    var raw: Int32 = 0
    while status == nil {
      let result = waitpid(id, &raw, WNOHANG)
      if result == id {
        status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
      } else if Clock.now > deadline {
        return nil
      } else {
        usleep(2000)
      }
    }
    return status
  }

  /// What every child gets; nothing of the machine that runs the tests.
  static func environment(home: TemporaryFolder, adding extra: [String: String] = [:]) -> [String: String] {
    let base = [
      "HOME": home.path, "XDG_STATE_HOME": home.path + "/state", "TERM": "xterm", "LC_ALL": "C.UTF-8",
      "PATH": "/usr/bin:/bin",
    ]
    return base.merging(extra) { $1 }
  }
}

/// Milliseconds that have passed.
enum Clock {
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}

/// Reads what is there within a time; empty at the end or when nothing came.
func readAvailable(_ descriptor: Int32, milliseconds: Int) -> [UInt8] {
  var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  guard poll(&request, 1, Int32(milliseconds)) > 0 else { return [] }
  var chunk = [UInt8](repeating: 0, count: 65536)
  let count = read(descriptor, &chunk, chunk.count)
  return Array(chunk.prefix(max(0, count)))
}
