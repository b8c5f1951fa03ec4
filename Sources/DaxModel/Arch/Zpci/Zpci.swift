/// The zPCI side of an s390x machine: its functions, and the table behind the iomem cookies.
public struct Zpci: Hashable, Sendable {
  /// A mapped BAR: what the index of a cookie stands for.
  ///
  /// - Linux: `struct zpci_iomap_entry`, arch/s390/include/asm/pci_io.h
  public struct IomapEntry: Hashable, Sendable {
    /// The device whose function it is.
    public var device: DeviceID
    /// The BAR.
    public var bar: UInt8

    public init(device: DeviceID, bar: UInt8) {
      (self.device, self.bar) = (device, bar)
    }
  }

  /// How strictly the instructions are checked.
  public var rules: ZpciRules
  /// Whether the processor and the kernel use MIO: BARs are mapped, and instructions take mapped addresses.
  public let hasMIO: Bool
  /// The functions of the machine's devices, by device; nil for a device that is not on PCI.
  public internal(set) var functions: [ZpciFunction?] = []
  /// `zpci_iomap_start`: what the index of a cookie stands for.
  public internal(set) var iomap: [IomapEntry] = []

  public init(rules: ZpciRules = .strict, hasMIO: Bool = false) {
    self.rules = rules
    self.hasMIO = hasMIO
  }
}

extension Zpci: Inspectable {
  public func inspect<Visitor: StateVisitor>(_ visitor: inout Visitor) {
    for (index, function) in functions.enumerated() {
      guard let function else { continue }
      visitor.enter("function", index)
      function.inspect(&visitor)
      visitor.leave()
    }
    for (index, entry) in iomap.enumerated() {
      visitor.enter("iomap", index)
      visitor.field("device", .number(UInt64(entry.device)))
      visitor.field("bar", .number(UInt64(entry.bar)))
      visitor.leave()
    }
  }
}
