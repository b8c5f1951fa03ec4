/// What-if on s390x: what would have to be different for the window to be reached at all.
public enum Assumption: String, Hashable, Sendable, CaseIterable {
  /// The remap succeeds and gives back the cookie, as the reviewed patch takes for granted.
  case remap
  /// The window is guest memory, not PCI memory: the idea that came up in the review.
  case memory
}
