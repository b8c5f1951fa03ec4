import Glibc
import Synchronization

/// What the signal handlers have noted, for whoever asks next.
///
/// A handler does two things: it sets a bit, and it writes to a pipe so that a `poll` wakes up.
/// Everything else happens in ordinary code, which takes a notice when it is ready for it.
enum Signals {
  /// Something that has happened since it was last asked for.
  enum Notice: UInt32 {
    /// Ctrl-C.
    case interrupt = 1
    /// The window has another size.
    case resize = 2
    /// The process runs again after a stop.
    case resume = 4
    /// Ctrl-Z.
    case suspend = 8
    /// Somebody asks the program to end.
    case terminate = 16
    /// The terminal is gone.
    case hangUp = 32

    /// The signal behind the notice.
    var signal: Int32 {
      switch self {
      case .interrupt: SIGINT
      case .resize: SIGWINCH
      case .resume: SIGCONT
      case .suspend: SIGTSTP
      case .terminate: SIGTERM
      case .hangUp: SIGHUP
      }
    }

    fileprivate init?(signal: Int32) {
      switch signal {
      case SIGINT: self = .interrupt
      case SIGWINCH: self = .resize
      case SIGCONT: self = .resume
      case SIGTSTP: self = .suspend
      case SIGTERM: self = .terminate
      case SIGHUP: self = .hangUp
      default: return nil
      }
    }
  }

  /// The exit code of a program that Ctrl-C has ended.
  static let interruptedCode: Int32 = 130

  /// Becomes readable when a signal has been noted.
  static var wakeUp: Int32 { wakeUpPipe.reading }

  private static let wakeUpPipe: Pipe = {
    guard let pipe = Pipe() else { return Pipe.none }
    for end in [pipe.reading, pipe.writing] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    return pipe
  }()

  private static let pending = Atomic<UInt32>(0)
  private static let isImpatient = Atomic<Bool>(false)

  /// Notes Ctrl-C from now on, and leaves a broken pipe to the code that writes.
  static func start() {
    // The handlers touch these: they must exist before the first signal.
    _ = wakeUp
    _ = pending.load(ordering: .relaxed)
    _ = isImpatient.load(ordering: .relaxed)
    _ = signal(SIGPIPE, SIG_IGN)
    handle(.interrupt)
  }

  /// Whether a second Ctrl-C ends the program at once when nobody has taken the first: right for a script,
  /// wrong for a person who would lose a session.
  static func setImpatient(_ impatient: Bool) {
    isImpatient.store(impatient, ordering: .relaxed)
  }

  /// Notes a signal from now on instead of letting it act.
  static func handle(_ notice: Notice) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in Signals.note(number) }
    sigemptyset(&action.sa_mask)
    // No SA_RESTART: a blocked read has to return so that Ctrl-C is seen.
    action.sa_flags = 0
    sigaction(notice.signal, &action, nil)
  }

  /// Lets a signal act as it does by default.
  static func release(_ notice: Notice) {
    _ = signal(notice.signal, SIG_DFL)
  }

  /// Whether a notice is waiting.
  static func isWaiting(_ notice: Notice) -> Bool {
    pending.load(ordering: .relaxed) & notice.rawValue != 0
  }

  /// Whether a notice is waiting; it no longer is.
  static func take(_ notice: Notice) -> Bool {
    let bit = notice.rawValue
    guard isWaiting(notice) else { return false }
    return pending.bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue & bit != 0
  }

  /// Empties the pipe after a `poll`.
  static func acknowledgeWakeUp() {
    var word: UInt64 = 0
    while read(wakeUp, &word, MemoryLayout.size(ofValue: word)) > 0 {}
  }

  private static func note(_ number: Int32) {
    guard let notice = Notice(signal: number) else { return }
    let savedErrno = errno
    let before = pending.bitwiseOr(notice.rawValue, ordering: .acquiringAndReleasing).oldValue
    if notice == .interrupt, before & notice.rawValue != 0, isImpatient.load(ordering: .relaxed) {
      _exit(interruptedCode)
    }
    var byte: UInt8 = 1
    // A full pipe wakes the reader just as well.
    _ = write(wakeUpPipe.writing, &byte, 1)
    errno = savedErrno
  }
}

/// Two ends of a pipe, neither of which a child process inherits.
struct Pipe {
  let reading: Int32
  let writing: Int32

  /// No pipe at all; `poll` passes over such a descriptor.
  static let none = Pipe(reading: -1, writing: -1)

  private init(reading: Int32, writing: Int32) {
    self.reading = reading
    self.writing = writing
  }

  /// Makes a pipe; `nil` if the process has too many files open.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    self.init(reading: ends[0], writing: ends[1])
  }
}
