/// How the numbers of a state are packed into words: each in as many bits as the largest of its kind needs so far.
///
/// A number never lies across two words.
struct RowLayout: Hashable, Sendable {
  /// Numbers in a row: the kernel's, each task's, and perhaps how many failures may still be injected.
  let columns: Int
  /// Bits for the number of a kernel.
  private(set) var kernelBits: UInt8 = 8
  /// Bits for every other number.
  private(set) var taskBits: UInt8 = 6
  /// Words in a row.
  private(set) var width = 0
  /// For each column the word that it is in, and how far to the left it stands there.
  private var words: [Int] = []
  private var shifts: [UInt64] = []

  init(columns: Int) {
    self.columns = columns
    arrange()
  }

  @inline(__always) func word(_ column: Int) -> Int { words[column] }
  @inline(__always) func shift(_ column: Int) -> UInt64 { shifts[column] }
  /// The largest number that a column has room for.
  @inline(__always) func limit(_ column: Int) -> UInt64 {
    1 << UInt64(column == 0 ? kernelBits : taskBits) - 1
  }

  /// Makes room for a larger number in a column, and two bits to spare.
  mutating func widen(_ column: Int, for number: UInt32) {
    while limit(column) < UInt64(number) {
      if column == 0 { kernelBits = min(kernelBits + 2, 32) } else { taskBits = min(taskBits + 2, 32) }
    }
    arrange()
  }

  private mutating func arrange() {
    (words, shifts) = ([], [])
    var (word, shift): (Int, UInt64) = (0, 0)
    for column in 0..<columns {
      let bits = UInt64(column == 0 ? kernelBits : taskBits)
      if shift + bits > 64 { (word, shift) = (word + 1, 0) }
      words.append(word)
      shifts.append(shift)
      shift += bits
    }
    width = word + 1
  }
}
