import Testing

@testable import DaxModel

/// Breakpoints, and why a run stops.
@Suite struct DebuggerTests {
  @Test("A run stops at a function's entry and at a line; a breakpoint is added once")
  func breakpoints() throws {
    var debugger = Debugger(try Machine.standard(.v6_12))
    let entry = debugger.addBreakpoint(.virtioFsSetupDax, line: nil)
    let line = debugger.addBreakpoint(.virtioFsSetupDax, line: "remapPages")
    #expect(debugger.addBreakpoint(.virtioFsSetupDax, line: "remapPages") == line)
    #expect(debugger.breakpoints.map(\.id) == [1, 2])
    let probe = debugger.timeline.change { $0.startProbe(0) }
    var run = debugger.run(probe) { _ in false }
    #expect(run.stop == .breakpoint(entry.id))
    #expect(debugger.machine.place(of: probe) == "virtio_fs_setup_dax.allocateDaxDevice")
    run = debugger.run(probe) { _ in false }
    #expect(run.stop == .breakpoint(line.id))
    #expect(debugger.machine.place(of: probe) == "virtio_fs_setup_dax.remapPages")
    let isRemoved = debugger.removeBreakpoint(line.id)
    let isGone = !debugger.removeBreakpoint(line.id)
    #expect(isRemoved && isGone)
    run = debugger.run(probe) { _ in false }
    #expect(run.stop == .finished(.success))
    #expect(run.count == run.events.count)
  }

  @Test("A task that blocks is said to wait, even at a breakpoint; one that waits in vain is hung")
  func blocked() throws {
    var debugger = Debugger(try Machine.probed(.v5_10))
    let pin = try #require(debugger.timeline.change { $0.startPin(0, at: PageOffset(0)) })
    _ = debugger.run(pin) { $0.place(of: pin) == "pin.putPage" }
    let wait = debugger.addBreakpoint(.memunmapPages, line: "waitForReference")
    let remove = debugger.timeline.change { $0.startRemove(0) }
    #expect(debugger.run(remove) { _ in false }.stop == .breakpoint(wait.id))
    guard case .blocked(.completion) = debugger.run(remove, until: { _ in false }).stop else {
      Issue.record("it does not wait")
      return
    }
    #expect(debugger.run(remove) { _ in false }.count == 0)
    #expect(debugger.run(pin) { _ in false }.stop == .finished(.success))
    #expect(debugger.run(remove) { _ in false }.stop == .finished(.success))

    debugger = Debugger(try Machine.standard(.patchV2))
    debugger.timeline.change { $0.arm(Fault(.operation(.getDevPagemap), .ENOMEM)) }
    let probe = debugger.timeline.change { $0.startProbe(0) }
    guard case .hung(let hang) = debugger.run(probe, until: { _ in false }).stop else {
      Issue.record("it does not hang")
      return
    }
    #expect(hang.task == probe)
  }

  @Test("A run stops at an oops and stays there")
  func oops() throws {
    var debugger = Debugger(try Machine.standard(.v6_12, window: nil))
    let task = debugger.timeline.change {
      $0.startDirectAccess(0, at: PageOffset(0), pages: 1, driverOnly: true)
    }
    for _ in 0..<2 {
      guard case .oops(let oops) = debugger.run(task, until: { _ in false }).stop else {
        Issue.record("it does not die")
        return
      }
      #expect(oops.kind == .nullDereference)
    }
  }

  @Test("The user can interrupt a run that never ends")
  func interrupt() throws {
    var debugger = Debugger(try Machine.probed(.v6_12))
    let reader = debugger.timeline.change { $0.startReader(0, at: PageOffset(0), rounds: .max) }
    let run = debugger.run(reader, isInterrupted: { true }, until: { _ in false })
    #expect(run.stop == .interrupted)
    #expect(run.count == 256)
  }
}
