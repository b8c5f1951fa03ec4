// Failures that a search injects: of operations of the kernel, and of answers of the servers.

extension FuseSimpleRequest {
  /// What a search lets a server answer. The kernel hands errors on without looking at which one it is, but for `ENOSYS`.
  static let likelyErrors: [Errno] = [.EIO, .ENOSYS]
}

extension Site {
  /// The line that sends a request and gets its answer; the same in every release.
  static let sendRequest = Site(.fuseSimpleRequest, 1)
}

extension KernelTask {
  /// The request that the task is about to send, and the session; nil if it is about to do something else.
  var pendingRequest: (connection: Handle<FuseConnection>, opcode: FuseOpcode)? {
    guard case .fuseSimpleRequest(let activation) = stack.last,
      activation.site.position <= Site.sendRequest.position,
      let opcode = activation.function.operation.opcode
    else { return nil }
    return (activation.function.connection, opcode)
  }
}

extension Kernel {
  /// Asks for a failure of the line that a task runs next. False if it cannot fail so.
  mutating func arm(_ errno: Errno, at site: Site, of task: KernelTask) -> Bool {
    guard site == .sendRequest else {
      faults.arm(Fault(.site(site), errno))
      return true
    }
    guard let (handle, opcode) = task.pendingRequest, opcode.hasReply, errno != .ENOSYS || opcode.isOptional,
      let device = connections.peek(handle)?.device,
      !servers[device].faults.faults.contains(where: { $0.opcode == opcode })
    else { return false }
    servers[device].hostFail(opcode, nth: 1, with: errno)
    return true
  }

  /// Whether the failure that was asked for on another kernel has happened at a line.
  func hasFailed(_ errno: Errno, at site: Site, of before: Kernel) -> Bool {
    guard site == .sendRequest else { return faults.hasFired(site, errno) }
    return servers.indices.allSatisfy { servers[$0].faults == before.servers[$0].faults }
  }
}

extension Machine {
  /// The request that a task is about to send, and the device whose server gets it; nil if there is none.
  public func pendingRequest(of task: TaskID) -> (device: DeviceID, opcode: FuseOpcode)? {
    guard let (handle, opcode) = self.task(task)?.pendingRequest,
      let device = kernel.connections.peek(handle)?.device
    else { return nil }
    return (device, opcode)
  }
}
