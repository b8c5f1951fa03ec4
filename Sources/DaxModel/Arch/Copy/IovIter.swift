/// `struct iov_iter`: the memory on the other side of a copy, in pieces, and how far it has been used.
///
/// - Linux: include/linux/uio.h
public struct IovIter: Hashable, Sendable {
  /// A piece of memory: an address of the user's and a length in bytes.
  public struct Segment: Hashable, Sendable {
    public var address: UInt64
    public var length: UInt64

    public init(address: UInt64, length: UInt64) {
      (self.address, self.length) = (address, length)
    }
  }

  public var segments: [Segment]
  /// The address of a page that is not there and cannot be brought in: the copy stops in front of it.
  public var absentPage: UInt64?

  public init(_ segments: [Segment], absentPage: UInt64? = nil) {
    self.segments = segments
    self.absentPage = absentPage
  }

  /// Buffers of a process, one for each length, with room between them.
  ///
  /// - Parameters:
  ///   - lengths: The bytes of each.
  ///   - architecture: Whose processes they belong to.
  ///   - offset: Where each begins in its page.
  ///   - absentByte: A byte of the whole whose page is not there.
  public init(
    buffers lengths: [UInt64], on architecture: Architecture, offset: UInt64 = 0, absentByte: UInt64? = nil
  ) {
    var next = architecture.userBuffer
    var before: UInt64 = 0
    segments = []
    for length in lengths {
      let address = next &+ offset
      segments.append(Segment(address: address, length: length))
      if let absentByte, absentByte >= before, absentByte < before &+ length {
        absentPage = (address &+ (absentByte - before)) & ~(pageSize - 1)
      }
      before &+= length
      next = (address &+ length &+ 2 * pageSize) & ~(pageSize - 1)
    }
  }

  /// Bytes in all segments.
  public var count: UInt64 { segments.reduce(0) { $0 &+ $1.length } }
}

/// One piece of a copy: bytes that lie in a row in the window and in memory.
public struct CopyPiece: Hashable, Sendable {
  /// Where in the window, in bytes from where the copy's address points.
  public var offset: UInt64
  /// The address in memory.
  public var address: UInt64
  /// How many bytes.
  public var length: UInt64

  public init(offset: UInt64, address: UInt64, length: UInt64) {
    (self.offset, self.address, self.length) = (offset, address, length)
  }
}

/// Why an engine could not move all bytes.
public enum CopyStop: Error, Hashable, Sendable {
  /// A plain access to what is not memory: the kernel dies there.
  case plainAccess(KernelAddress)
  /// An instruction was refused, with the error that Linux makes of it.
  case refused(Errno)
  /// A page of the caller's memory is not there.
  case memoryFault(UInt64)
}
