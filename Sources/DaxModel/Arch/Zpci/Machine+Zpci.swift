// zPCI functions from outside: one instruction, power, states, and outcomes that are asked for.

extension Machine {
  /// Runs one instruction on the zPCI function of a device.
  ///
  /// What a store moves into the window stands there afterwards; other BARs are not modelled byte by byte.
  ///
  /// - Returns: How it ended; nil if the device has no such function.
  public mutating func execute(
    _ instruction: ZpciInstruction, _ operands: ZpciOperands, on device: DeviceID
  ) -> ZpciResult? {
    guard let zpci = kernel.zpci else { return nil }
    let facilities = ZpciFacilities(hasMIO: zpci.hasMIO)
    let result = change(device) { $0.run(instruction, operands, under: zpci.rules, with: facilities) }
    if let transfer = result?.transfer { kernel.store(transfer, operands, into: device) }
    return result
  }

  /// Puts the function of a device into a state. False if it has none.
  @discardableResult
  public mutating func setState(_ state: ZpciFunction.State, of device: DeviceID) -> Bool {
    change(device) { $0.enter(state) } != nil
  }

  /// Switches the power of the slot. With it comes back the function, enabled, under the same handle.
  @discardableResult
  public mutating func setPower(_ isOn: Bool, of device: DeviceID) -> Bool {
    change(device) { (function) -> Void in
      function.isPresent = isOn
      if isOn { function.enter(.enabled) }
    } != nil
  }

  /// Asks for an outcome. False if the device has no zPCI function.
  @discardableResult
  public mutating func plan(_ planned: ZpciFunction.Planned, on device: DeviceID) -> Bool {
    change(device) { $0.planned.append(planned) } != nil
  }

  /// Changes the function of a device, if it has one.
  private mutating func change<Answer>(
    _ device: DeviceID, _ body: (inout ZpciFunction) -> Answer
  ) -> Answer? {
    guard var function = kernel.zpciFunction(of: device) else { return nil }
    defer { kernel.zpci?.functions[device] = function }
    return body(&function)
  }
}

extension Kernel {
  /// The zPCI function of a device, if it has one.
  public func zpciFunction(of device: DeviceID) -> ZpciFunction? {
    guard let functions = zpci?.functions, functions.indices.contains(device) else { return nil }
    return functions[device]
  }

  /// The bytes that a load would find: those of the window or of configuration space. Registers are not modelled.
  public func bytes(of device: DeviceID, space: UInt8, offset: UInt64, length: UInt64) -> [UInt8]? {
    if space == 15, let config = devices[device].pciFunction?.config {
      guard offset <= UInt64(config.count), length <= UInt64(config.count) - offset else { return nil }
      return Array(config.bytes[Int(offset)..<Int(offset + length)])
    }
    return windowByte(device, space: space, offset: offset).map { start in
      memory.physical.bytes(at: start.rawValue, count: Int(length))
    }
  }

  /// Writes what a store moved into the window; nothing for a load or another BAR.
  fileprivate mutating func store(_ transfer: ZpciTransfer, _ operands: ZpciOperands, into device: DeviceID) {
    guard transfer.kind != .load,
      let start = windowByte(device, space: transfer.space, offset: transfer.offset)
    else { return }
    let bytes =
      transfer.kind == .store
      ? ByteLanes.bytes(of: operands.data, length: transfer.moved)
      : memory.physical.bytes(at: operands.source, count: Int(transfer.moved))
    memory.physical.write(bytes, at: start.rawValue)
  }

  /// The physical address of a byte of a BAR, if it is the BAR of the window.
  func windowByte(_ device: DeviceID, space: UInt8, offset: UInt64) -> PhysicalAddress? {
    guard devices.indices.contains(device),
      let region = devices[device].attachment.linuxLookup(id: 0, rules: release.shmLookupRules).outcome
        .region,
      region.bar == Int(space),
      let bar = devices[device].pciFunction?.bars.first(where: { $0.index == Int(space) })
    else { return nil }
    if let length = bar.length, offset >= length.rawValue { return nil }
    return bar.base.advanced(by: ByteCount(offset))
  }
}
