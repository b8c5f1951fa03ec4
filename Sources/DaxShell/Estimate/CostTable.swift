import DaxModel

/// What things cost, in nanoseconds: with it counts become an estimate.
///
/// The numbers are derived from measurements that were published, one thread of fio with reads of 4 KiB: Vivek Goyal,
/// December 2020, cache=auto, windows from 1G to 64G. They are those of one machine.
struct CostTable: Hashable, Sendable {
  /// A cost, with its name and where it comes from.
  struct Cost: Hashable, Sendable {
    var name: String
    var nanoseconds: UInt64
    var source: String

    /// What so many of them cost; at most what 64 bits hold.
    func times(_ count: UInt64) -> UInt64 {
      let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: count)
      return overflow ? .max : product
    }
  }

  /// A read of 4 KiB whose range is in the window.
  var hit = Cost(
    name: "hit", nanoseconds: 5_800,
    source: "randread-psync in a window that holds all data (8G): 173.4k reads of 4 KiB a second")
  /// A read whose range must be mapped first, with the range that is given up for it.
  var miss = Cost(
    name: "miss", nanoseconds: 280_000,
    source:
      "randread-psync in windows of 1G, 2G and 4G give 250 to 310 microseconds: one SETUPMAPPING and one REMOVEMAPPING"
  )
  /// A READ that the server answers, without DAX.
  var read = Cost(
    name: "read", nanoseconds: 51_500,
    source: "randread-psync without DAX: 19.4k reads of 4 KiB a second, each of them a READ")

  var all: [Cost] { [hit, miss, read] }
}

extension CostTable {
  /// `5.8` microseconds in nanoseconds; nil if it is no number, or a thousand seconds and more.
  static func nanoseconds(_ text: String) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, !whole.isEmpty, whole.utf8.count <= 9,
      whole.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let micro = UInt64(whole)
    else { return nil }
    guard parts.count == 2 else { return micro * 1000 }
    let digits = parts[1]
    guard !digits.isEmpty, digits.utf8.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let fraction = UInt64(digits)
    else { return nil }
    let scale: UInt64 = digits.utf8.count == 1 ? 100 : digits.utf8.count == 2 ? 10 : 1
    return micro * 1000 + fraction * scale
  }

  /// Nanoseconds as `5.8 µs`, `67.1 ms`, `12.4 s`.
  static func text(_ nanoseconds: UInt64, asciiOnly: Bool) -> String {
    if nanoseconds < 1_000_000 { return tenths(nanoseconds, 1_000) + (asciiOnly ? " us" : " µs") }
    if nanoseconds < 1_000_000_000 { return tenths(nanoseconds, 1_000_000) + " ms" }
    return tenths(nanoseconds, 1_000_000_000) + " s"
  }

  private static func tenths(_ value: UInt64, _ unit: UInt64) -> String {
    let rounded = (value &+ unit / 20) / (unit / 10)
    return "\(rounded / 10).\(rounded % 10)"
  }
}
