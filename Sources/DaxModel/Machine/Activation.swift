/// A function that is being run: its arguments and locals, and the line that comes next.
///
/// Functions differ in size by a factor of ten. Each lies in memory of its own, so that a call hands on one pointer and
/// a line changes its locals where they are.
public struct Activation<Function: KernelFunction>: Hashable, Sendable {
  private struct Body: Hashable, Sendable {
    var function: Function
    var position: UInt8 = 0
  }

  /// Exactly one.
  private var body: [Body]

  init(_ function: Function) { body = [Body(function: function)] }

  /// The arguments and locals.
  public internal(set) var function: Function {
    @inline(__always) get { body[0].function }
    @inline(__always) _modify { yield &body[0].function }
  }

  /// The position of the next line in the function's listing.
  var position: UInt8 {
    @inline(__always) get { body[0].position }
    @inline(__always) _modify { yield &body[0].position }
  }

  /// Where it stands.
  var site: Site { Site(Function.id, position) }

  /// Runs the next line and moves on; if the task runs on, also those behind it until the function calls, returns or
  /// waits, or has work for somebody else.
  mutating func step(in kernel: inout Kernel, returned: Value, runsOn: Bool) throws(Oops) -> Move {
    let lines = Function.listing(in: kernel.release)
    while true {
      kernel.begin(at: site)
      let move = try step(lines, in: &kernel, returned: returned)
      guard runsOn, case .stays = move, kernel.queuedWork.isEmpty else { return move }
    }
  }

  @inline(__always)
  private mutating func step(
    _ lines: [Function.Line], in kernel: inout Kernel, returned: Value
  ) throws(Oops) -> Move {
    guard Int(position) < lines.count else { return .returns(.void) }
    switch try function.run(lines[Int(position)], in: &kernel, returned: returned) {
    case .next:
      position += 1
      return Int(position) < lines.count ? .stays : .returns(.void)
    case .jump(let line):
      go(to: line, in: lines)
      return .stays
    case .call(let frame):
      position = Int(position) + 1 < lines.count ? position + 1 : Site.pastTheEnd
      return .calls(frame)
    case .callThen(let frame, let line):
      go(to: line, in: lines)
      return .calls(frame)
    case .done(let value): return .returns(value)
    case .wait(let wait): return .waits(wait)
    }
  }

  /// A line that the release does not have ends the function: there is nothing there to run.
  private mutating func go(to line: Function.Line, in lines: [Function.Line]) {
    position = lines.firstIndex(of: line).map { UInt8($0) } ?? Site.pastTheEnd
  }
}

/// What a frame's line means for the call stack.
enum Move {
  case stays
  case calls(Frame)
  case returns(Value)
  case waits(Wait)
}
