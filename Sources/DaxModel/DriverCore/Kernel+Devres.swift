// The small functions of drivers/base/devres.c, each done in one go.

extension Kernel {
  /// `devm_kzalloc()`: memory that is freed with the device.
  ///
  /// - Returns: -ENOMEM if it fails; else what `make` made, which is on the device's list.
  mutating func devmKzalloc<Made>(
    _ device: DeviceID, _ make: (inout Kernel) -> (Made, DeviceMemoryBlock)
  ) -> Result<Made, Errno> {
    if let errno = fails(.devmKzalloc) { return .failure(errno) }
    let (made, block) = make(&self)
    devices[device].devres.add(.memory(block), at: here)
    return .success(made)
  }

  /// `devm_add_action()`: the action runs when the driver leaves. On failure it does not run.
  mutating func devmAddAction(_ device: DeviceID, _ action: DeviceAction) -> Errno? {
    ran(.devmAddAction)
    if let errno = fails(.devresAlloc) { return errno }
    devices[device].devres.add(.action(action), at: here)
    return nil
  }

  /// Frees a block of device-managed memory.
  mutating func free(_ block: DeviceMemoryBlock) throws(Oops) {
    switch block {
    case .fs(let handle): try filesystems.free(handle, at: here)
    case .tag(let handle): try tags.free(handle, at: here)
    case .queues(let handle): try queueArrays.free(handle, at: here)
    case .pagemap(let handle): try pagemaps.free(handle, at: here)
    }
  }
}

extension Errno: Error {}
