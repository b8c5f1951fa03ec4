/// Where a PCI function sits: `bus:device.function`, with the domain in front where there are several.
///
/// `00:02.0` and `0000:00:02.0` are the same slot; each prints as it was written.
public struct PciSlot: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The PCI domain, 0 on most machines.
  public var domain: UInt32
  /// The bus.
  public var bus: UInt8
  /// The device on the bus, 0 to 31.
  public var device: UInt8
  /// The function of the device, 0 to 7.
  public var function: UInt8
  /// Whether the domain is printed even though it is 0.
  var showsDomain: Bool

  /// A slot from its numbers.
  ///
  /// `nil` if device or function is out of range.
  public init?(domain: UInt32 = 0, bus: UInt8, device: UInt8, function: UInt8) {
    guard device < 32, function < 8 else { return nil }
    (self.domain, self.bus, self.device, self.function) = (domain, bus, device, function)
    showsDomain = domain != 0
  }

  /// Reads `00:02.0` or `0000:00:02.0`: hexadecimal, in either case.
  ///
  /// `nil` if the text is anything else.
  public init?(_ text: String) {
    var reader = ByteReader(Array(text.utf8))
    guard let slot = PciSlot(&reader), reader.isAtEnd else { return nil }
    self = slot
  }

  /// Reads a slot from the front of a line; the reader is past it if there is one.
  init?(_ reader: inout ByteReader) {
    var ahead = reader
    guard let first = ahead.hexDigits(2...8), ahead.take(UInt8(ascii: ":")),
      let second = ahead.hexDigits(2...2)
    else { return nil }
    var numbers = (domain: UInt64(0), bus: first.value, device: second.value)
    var showsDomain = false
    if ahead.take(UInt8(ascii: ":")) {
      guard first.count >= 4, let third = ahead.hexDigits(2...2) else { return nil }
      numbers = (first.value, second.value, third.value)
      showsDomain = true
    } else if first.count != 2 {
      return nil
    }
    guard ahead.take(UInt8(ascii: ".")), let function = ahead.hexDigits(1...1) else { return nil }
    self.init(
      domain: UInt32(truncatingIfNeeded: numbers.domain), bus: UInt8(truncatingIfNeeded: numbers.bus),
      device: UInt8(truncatingIfNeeded: numbers.device),
      function: UInt8(truncatingIfNeeded: function.value))
    self.showsDomain = showsDomain
    reader = ahead
  }

  private var key: UInt64 {
    UInt64(domain) << 16 | UInt64(bus) << 8 | UInt64(device) << 3 | UInt64(function)
  }

  public static func == (left: PciSlot, right: PciSlot) -> Bool { left.key == right.key }

  public static func < (left: PciSlot, right: PciSlot) -> Bool { left.key < right.key }

  public func hash(into hasher: inout Hasher) { hasher.combine(key) }

  /// As it was written: `00:02.0` or `0000:00:02.0`.
  public var description: String {
    let short =
      hexDigits(UInt64(bus), width: 2) + ":" + hexDigits(UInt64(device), width: 2) + "."
      + hexDigits(UInt64(function), width: 1)
    return showsDomain ? hexDigits(UInt64(domain), width: 4) + ":" + short : short
  }
}
