/// A number with a unit: an address, a frame number, an offset or a count.
///
/// Quantities of different units do not mix: the compiler refuses to add a page frame number to a
/// physical address. Where the kernel converts with a shift, so does the model, by name.
public protocol Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number itself, in the unit that the type names.
  var rawValue: UInt64 { get }

  /// Makes the quantity from a plain number.
  init(_ rawValue: UInt64)
}

extension Quantity {
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Lower-case hexadecimal with `0x`, as Linux prints addresses.
  public var description: String { hex(rawValue) }
}

/// Lower-case hexadecimal with `0x` and without leading zeros.
public func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

/// Hexadecimal digits without `0x`, padded on the left with zeros to `width`.
public func hexDigits(_ value: UInt64, width: Int) -> String {
  let digits = String(value, radix: 16)
  return digits.utf8.count >= width
    ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}
