import DaxModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// What may come of a call, if the host fails a request meanwhile and if not.

extension World {
  /// Whether a call tells that a request has failed.
  enum Telling { case never, perhaps, always }

  /// Whether the call that runs tells that the host has failed a request.
  var telling: Telling {
    guard let struck else { return .never }
    return switch (struck.opcode, operation) {
    case (.removeMapping, _), (.release, _), (_, .unmap), (_, .map): .never
    // A fault that fails for 2 MiB is tried again for a page; what is read ahead is not always what is asked for.
    case (.setupMapping, .load), (.setupMapping, .store), (.setupMapping, .readInto),
      (.setupMapping, .writeFrom),
      (.read, _):
      .perhaps
    // Taken for a lack of ranges; or what came before it is returned.
    case (.setupMapping, .read) where waitsOutside && struck.errno == .ENOSPC: .perhaps
    default: .always
    }
  }

  /// Checks the result of a call that moves bytes.
  ///
  /// - Parameters:
  ///   - result: What came of it.
  ///   - wanted: How many bytes it should move.
  ///   - errno: What it fails with if it moves none.
  /// - Returns: How many it has moved.
  mutating func moved(_ result: Value, of wanted: Int, errno: Errno? = nil) throws(Stop) -> Int {
    let right: Value = wanted == 0 && errno != nil ? .error(errno ?? .EIO) : .int(Int64(wanted))
    if let struck, telling != .never {
      if struck.opcode == .fsync, result.errno == struck.errno {
        // Everything is written, and its fate is unknown.
        say("expect errno == \(struck.errno.name)")
        return wanted
      }
      if case .int(let count) = result, count > 0, count < wanted {
        say("expect return == \(count)")
        return Int(count)
      }
      if let error = result.errno, error == struck.errno || isThroughMapping && error == .EFAULT {
        say("expect errno == \(error.name)")
        return 0
      }
      if telling == .always {
        throw wrong(
          .result, "\(described(result)), but \(struck.opcode.name) has failed with \(struck.errno)")
      }
    }
    // A read that finds no second range is short.
    if waitsOutside, isRead, case .int(let count) = result, count > 0, count < wanted {
      say("expect return == \(count)")
      return Int(count)
    }
    try check(result, is: right)
    return wanted
  }

  /// Whether a read lets go of all to wait for a range.
  private var waitsOutside: Bool { plan.release.has(.readsWaitForRange) }

  private var isRead: Bool {
    switch operation {
    case .read, .readInto: true
    default: false
    }
  }

  private var isThroughMapping: Bool {
    switch operation {
    case .readInto, .writeFrom: true
    default: false
    }
  }

  /// Checks the result of a call that does something or does not.
  ///
  /// - Returns: Whether it has done it.
  mutating func succeeded(_ result: Value, errno: Errno? = nil) throws(Stop) -> Bool {
    if let struck, telling == .always {
      try check(result, is: .error(struck.errno))
      return false
    }
    try check(result, is: errno.map { .error($0) } ?? .int(0))
    return errno == nil
  }

  /// Checks the result of a call that gives a number, and returns it; nil for an error that it should give.
  mutating func number(_ result: Value, errno: Errno? = nil) throws(Stop) -> Int? {
    if let struck, telling == .always {
      try check(result, is: .error(struck.errno))
      return nil
    }
    if let errno {
      try check(result, is: .error(errno))
      return nil
    }
    guard case .int(let number) = result, number > 0 else {
      say("expect return > 0")
      throw wrong(.result, "\(described(result)) instead of a number")
    }
    say("expect return == \(number)")
    return Int(number)
  }

  private mutating func check(_ result: Value, is right: Value) throws(Stop) {
    if let errno = right.errno {
      say("expect errno == \(errno.name)")
    } else if case .int(let number) = right {
      say("expect return == \(number)")
    }
    if result == right || result.errno != nil && result.errno == right.errno { return }
    throw wrong(.result, "\(described(result)) instead of \(described(right))")
  }

  func described(_ value: Value) -> String {
    switch value {
    case .int(let number): "\(number)"
    case .error(let errno): "-\(errno.name)"
    case .signal(let signal): "signal \(signal.number) at \(signal.offset)"
    default: "\(value)"
    }
  }

  /// Checks bytes that were read.
  mutating func check(_ bytes: [UInt8], are right: ArraySlice<UInt8>, at offset: Int) throws(Stop) {
    if script != nil, !right.isEmpty { say("expect crc32 == \"\(checksum(right))\"") }
    if let place = firstDifference(bytes, right) {
      let found = place < bytes.count ? "\(bytes[place])" : "nothing"
      throw wrong(
        .bytes, "byte \(offset + place) is \(found) instead of \(right[right.startIndex + place])")
    }
  }
}

/// Where two runs of bytes differ first; nil if they are the same.
func firstDifference(_ left: [UInt8], _ right: ArraySlice<UInt8>) -> Int? {
  let count = min(left.count, right.count)
  let isSame = left.withUnsafeBytes { left in
    right.withUnsafeBytes { right in
      guard let a = left.baseAddress, let b = right.baseAddress else { return true }
      return memcmp(a, b, count) == 0
    }
  }
  if isSame { return left.count == right.count ? nil : count }
  return (0..<count).first { left[$0] != right[right.startIndex + $0] }
}

/// The CRC-32 of zlib in eight digits, as the shell shows it.
func checksum(_ bytes: ArraySlice<UInt8>) -> String {
  let table = (0..<256 as Range<UInt32>).map { start in
    (0..<8).reduce(start) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
  }
  var sum = UInt32.max
  bytes.withUnsafeBytes { bytes in
    table.withUnsafeBufferPointer { table in
      for byte in bytes { sum = sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 0xff)] }
    }
  }
  let digits = String(~sum, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
