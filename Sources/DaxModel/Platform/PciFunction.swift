/// One PCI function: its configuration space and its BARs, as far as they are known.
public struct PciFunction: Hashable, Sendable {
  /// Where it sits.
  public var slot: PciSlot
  /// What the dump calls it; may be empty, and may hold any characters that stood in the file.
  public var title: String
  /// Its configuration space.
  public var config: ConfigurationSpace
  /// Its resources by ascending index; those that are not implemented are left out.
  ///
  /// The bases come from the configuration space until a resource file says otherwise.
  public var bars: [BarResource]

  /// A function with resources that are already known.
  public init(slot: PciSlot, title: String = "", config: ConfigurationSpace, bars: [BarResource]) {
    (self.slot, self.title, self.config) = (slot, title, config)
    self.bars = bars.sorted { $0.index < $1.index }
  }

  /// A function whose BARs are decoded from its configuration space, without their sizes.
  public init(slot: PciSlot, title: String = "", config: ConfigurationSpace) {
    let bars = BaseAddressRegister.all(in: config).compactMap { $0.resource }
    self.init(slot: slot, title: title, config: config, bars: bars)
  }

  /// The decoded header.
  public var header: PciHeader { PciHeader(config) }

  /// The capability list in list order.
  public var capabilities: CapabilityList { CapabilityList(config) }

  /// The resource with this index, or `nil` if it is empty.
  public func resource(_ index: Int) -> BarResource? { bars.first { $0.index == index } }

  /// The BARs whose sizes are known.
  public var sizedBars: [Int] { bars.compactMap { $0.length == nil ? nil : $0.index } }

  /// The BARs whose sizes still have to be given.
  public var unsizedBars: [Int] { bars.compactMap { $0.length == nil ? $0.index : nil } }

  /// Whether it is a virtio file system.
  public var isVirtioFileSystem: Bool { header.virtioDevice == PciHeader.virtioFileSystem }

  /// Gives a BAR its size, as the device would have told a kernel that wrote all ones to it.
  /// - Throws: why it cannot have that size; nothing is changed then.
  public mutating func setSize(ofBar index: Int, to size: ByteCount) throws(BarSizeError) {
    guard let place = bars.firstIndex(where: { $0.index == index }) else {
      throw .noSuchBar(index, known: bars.map { $0.index })
    }
    let bytes = size.rawValue
    guard bytes != 0, bytes & (bytes - 1) == 0 else { throw .notPowerOfTwo(size) }
    let base = bars[place].base
    guard base.rawValue & (bytes - 1) == 0 else { throw .misaligned(base: base, size: size) }
    bars[place].length = size
  }
}

/// Why a BAR cannot have a size.
public enum BarSizeError: Error, Hashable, Sendable {
  /// The function has no such BAR.
  case noSuchBar(Int, known: [Int])
  /// The size of a BAR is a power of two.
  case notPowerOfTwo(ByteCount)
  /// A BAR begins at a multiple of its size.
  case misaligned(base: PhysicalAddress, size: ByteCount)

  /// What is wrong, as a sentence without a full stop.
  public var message: String {
    switch self {
    case .noSuchBar(let index, _): "the function has no BAR \(index)"
    case .notPowerOfTwo(let size): "a BAR cannot have \(size.rawValue) bytes: its size is a power of two"
    case .misaligned(let base, let size):
      "a BAR at \(base) cannot have \(size) bytes: it begins at a multiple of its size"
    }
  }

  /// What to do about it.
  public var hint: String {
    switch self {
    case .noSuchBar(_, let known):
      known.isEmpty
        ? "the function has no BARs at all"
        : "the function has " + (known.count == 1 ? "BAR " : "BARs ")
          + known.map { String($0) }.joined(separator: ", ")
    case .notPowerOfTwo: "give a power of two such as 4k, 64M or 4G"
    case .misaligned(let base, _):
      "at most \(hex(base.rawValue & (~base.rawValue &+ 1))) bytes are possible at this base"
    }
  }
}
