extension Frame {
  /// The range of the window that the function has been given and has not let go of.
  public var heldRange: Int? {
    switch self {
    case .daxIomapRw(let activation): activation.function.iomap?.range
    case .daxIomapPteFault(let activation): activation.function.iomap?.range
    case .daxIomapPmdFault(let activation): activation.function.iomap?.range
    default: nil
    }
  }
}
