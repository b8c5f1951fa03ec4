/// What a copy to or from the window is on some machine: which instructions move which bytes.
///
/// An engine works on one piece at a time, bytes that lie in a row on both sides, and does so through a port,
/// which counts and records. It never sees the bytes. To add one, conform:
///
///     struct ByteBus: CopySemantics {
///       var name: String { "byte-bus" }
///       func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
///         for index in 0..<piece.length {
///           try port.busRead(AccessInstruction("LB"), at: piece.offset + index, 1, to: piece.address + index)
///         }
///       }
///       …
///     }
///
/// Engines move bytes in rising order, so that what has been moved before a failure is a prefix.
public protocol CopySemantics: Sendable {
  /// The name by which it is asked for.
  var name: String { get }
  /// Whether the caller learns of an instruction that failed. Where it does not, the copy counts as complete.
  var reportsErrors: Bool { get }

  /// From the window into memory.
  func read(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop)
  /// From memory into the window.
  func write(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop)
  /// Zeros into the window. Memory at `piece.address` holds zeros, for engines that need a source.
  func zero(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop)
}

extension CopySemantics {
  public var reportsErrors: Bool { true }

  /// Unless an engine knows better, zeroing is writing a buffer of zeros, as `memset_io()` does on s390.
  public func zero(_ piece: CopyPiece, through port: inout AccessPort) throws(CopyStop) {
    try write(piece, through: &port)
  }
}

/// Which way a copy goes.
public enum CopyDirection: String, Hashable, Sendable, CaseIterable {
  /// From the window to the caller: a read of a file.
  case toIter = "to_iter"
  /// From the caller to the window: a write.
  case fromIter = "from_iter"
  /// Zeros to the window.
  case zero
}

/// What a copy did.
public struct CopyReport: Hashable, Sendable {
  /// The engine's name.
  public var engine: String
  public var direction: CopyDirection
  /// Bytes that were asked for.
  public var requested: UInt64
  /// Bytes that the caller is told have been copied.
  public var copied: UInt64
  /// Bytes that have really been moved: less than `copied` where an error was lost.
  public var moved: UInt64
  /// What ended it early.
  public var stop: CopyStop?
  /// Every access.
  public var log: AccessLog

  /// The error that the engine reports; nil if it went well, came short, or the error was lost.
  public var errno: Errno? {
    if case .refused(let errno) = stop, copied < requested { errno } else { nil }
  }
}

extension AccessPort {
  /// Runs an engine over the segments of an iterator.
  ///
  /// - Parameters:
  ///   - direction: Out of the window or into it.
  ///   - offset: Where in the window the first byte is, from the port's address on.
  ///   - length: How many bytes; no more than the iterator has are copied.
  ///   - iter: The memory on the other side.
  ///   - engine: How it is done.
  /// - Complexity: O(number of accesses), at memcpy speed where an access is long.
  public mutating func copy<Engine: CopySemantics>(
    _ direction: CopyDirection, at offset: UInt64 = 0, _ length: UInt64, _ iter: IovIter, by engine: Engine
  ) -> CopyReport {
    begin(iter)
    let wanted = min(length, iter.count)
    let before = moved
    var done: UInt64 = 0
    var stop: CopyStop?
    for segment in iter.segments {
      if done == wanted { break }
      let piece = CopyPiece(
        offset: offset &+ done, address: segment.address, length: min(segment.length, wanted - done))
      if piece.length == 0 { continue }
      do throws(CopyStop) {
        switch direction {
        case .toIter: try engine.read(piece, through: &self)
        case .fromIter: try engine.write(piece, through: &self)
        case .zero: try engine.zero(piece, through: &self)
        }
      } catch {
        stop = error
        break
      }
      done += piece.length
    }
    let real = moved &- before
    var told = real
    if case .refused = stop, !engine.reportsErrors { told = wanted }
    return CopyReport(
      engine: engine.name, direction: direction, requested: length, copied: told, moved: real, stop: stop,
      log: log)
  }
}

extension CopyReport {
  /// What happened, in a sentence without a full stop.
  public var sentence: String {
    let way: String =
      switch direction {
      case .toIter: "copied from the window"
      case .fromIter: "copied to the window"
      case .zero: "cleared in the window"
      }
    let counts = log.counts.map { "\($0.count) \($0.instruction)" }.joined(separator: ", ")
    let start = "\(engine): \(copied) of \(requested) bytes \(way)"
    return counts.isEmpty ? start : start + " with " + counts
  }
}
