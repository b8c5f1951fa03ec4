import DaxModel

extension TrafficPlan {
  /// Places for descriptors and for mappings.
  static let slots = 6
  static let mappings = 4

  /// The plan of a seed: the same in every run.
  public init(seed: UInt64, operations count: Int = 400) {
    var dice = Dice(seed: seed)
    let release = dice.pick(KernelRelease.all)
    let ranges = dice.pick([1, 1, 2, 2, 3, 4, 5, 8, 16, 32])
    let always: [DaxOption] = release.has(.daxOptionHasModes) ? [.dax, .always, .always] : [.dax]
    let others: [DaxOption] = release.has(.daxOptionHasModes) ? [.inode, .inode, .never, .unsaid] : [.unsaid]
    let option = dice.isOne(in: 4) ? dice.pick(others) : dice.pick(always)
    // As many pieces of 2 MiB as make half as many again as there are ranges.
    let most = ranges <= 8 ? 5 << 20 : 14 << 20
    let files = (0..<(ranges <= 8 ? 3 : 2 + ranges / 8)).map { _ in
      File(size: dice.isOne(in: 8) ? 0 : 1 + dice.below(most), wantsDax: !dice.isOne(in: 3))
    }
    self.init(release: release, ranges: ranges, option: option, files: files, operations: [])
    if dice.isOne(in: 3) { pace = dice.next() | 1 }
    var source = OperationSource(dice: dice, files: files.count, largest: most, hasOneRange: ranges == 1)
    operations = source.opening() + (0..<count).map { _ in source.next() }
  }
}

/// Draws operations. It guesses how large the files are, and need not be right.
private struct OperationSource {
  var dice: Dice
  let files: Int
  let largest: Int
  /// Memory that is a mapping soon hangs then.
  let hasOneRange: Bool
  private var isOpen = [Bool](repeating: false, count: TrafficPlan.slots)
  private var isMapped = [Bool](repeating: false, count: TrafficPlan.mappings)
  /// How long the mappings are.
  private var lengths = [Int](repeating: 1, count: TrafficPlan.mappings)

  init(dice: Dice, files: Int, largest: Int, hasOneRange: Bool) {
    (self.dice, self.files, self.largest, self.hasOneRange) = (dice, files, largest, hasOneRange)
  }

  /// Every file is opened once, so that what follows has something to work on.
  mutating func opening() -> [FileOperation] {
    (0..<min(files, TrafficPlan.slots)).map { slot in
      isOpen[slot] = true
      return .open(slot: slot, file: slot, .readWrite)
    }
  }

  /// A place that is likely to be taken, or to be empty.
  private mutating func place(_ isTaken: [Bool], taken: Bool = true) -> Int {
    let likely = isTaken.indices.filter { isTaken[$0] == taken }
    return likely.isEmpty || dice.isOne(in: 32) ? dice.below(isTaken.count) : dice.pick(likely)
  }

  /// A mapping and a place in it.
  private mutating func mappedPlace() -> (mapping: Int, at: Int) {
    let mapping = mapping()
    return (mapping, offset() % (lengths[mapping] + (dice.isOne(in: 8) ? 4096 : 0)))
  }

  private mutating func slot() -> Int { place(isOpen) }
  private mutating func mapping() -> Int { place(isMapped) }

  /// The next operation. What it opens or maps is there for those that follow.
  mutating func next() -> FileOperation {
    var operation = draw()
    if hasOneRange, !dice.isOne(in: 16) {
      switch operation {
      case .readInto, .writeFrom: operation = draw()
      default: break
      }
    }
    switch operation {
    case .open(let slot, _, _): isOpen[slot] = true
    case .close(let slot): isOpen[slot] = false
    case .map(let mapping, _, _, let length, _): (isMapped[mapping], lengths[mapping]) = (true, length)
    case .unmap(let mapping): isMapped[mapping] = false
    case .remount:
      isOpen = isOpen.map { _ in false }
      isMapped = isMapped.map { _ in false }
    default: break
    }
    return operation
  }

  /// Offsets often lie where pages and ranges meet.
  private mutating func offset() -> Int {
    let any = dice.below(largest + 5000)
    switch dice.below(8) {
    case 0: return any & ~0xfff
    case 1: return max((any & ~0x1f_ffff) - dice.below(6000), 0)
    case 2: return dice.below(9000)
    default: return any
    }
  }

  private mutating func length() -> Int {
    if dice.isOne(in: 600) { return 0 }
    return 1 + dice.below(dice.pick([64, 9000, 9000, 9000, 40_000, 300_000]))
  }

  private mutating func flags() -> OpenFlags {
    var flags: OpenFlags = dice.pick([.readWrite, .readWrite, .readWrite, .readWrite, [], .writeOnly])
    if dice.isOne(in: 3) { flags.formUnion(.create) }
    if dice.isOne(in: 12), flags.canWrite { flags.formUnion(.truncate) }
    if dice.isOne(in: 8) { flags.formUnion(.append) }
    if dice.isOne(in: 8) { flags.formUnion(.direct) }
    if dice.isOne(in: 8) { flags.formUnion(.synchronous) }
    return flags
  }

  private mutating func draw() -> FileOperation {
    let (mapped, at) = mappedPlace()
    return switch dice.below(200) {
    case 0..<40: .read(slot: slot(), offset: offset(), length: length())
    case 40..<80: .write(slot: slot(), offset: offset(), length: length(), seed: dice.below(1000))
    case 80..<105: .load(mapping: mapped, at: at, length: length())
    case 105..<130: .store(mapping: mapped, at: at, length: length(), seed: dice.below(1000))
    case 130..<138:
      .map(
        mapping: place(isMapped, taken: false), slot: slot(),
        offset: dice.isOne(in: 2) ? 0 : offset() & ~0xfff,
        length: 1 + dice.below(largest),
        dice.pick([.shared, .shared, .shared, .privately, .privately, .readOnly]))
    case 138:
      .map(
        mapping: place(isMapped, taken: false), slot: slot(), offset: 0, length: 1 + dice.below(64 << 10),
        .populated)
    case 139..<144: .unmap(mapping: mapping())
    case 144..<149:
      .readInto(
        slot: slot(), offset: offset(), length: 1 + dice.below(9000), mapping: mapped, at: at)
    case 149..<154:
      .writeFrom(
        slot: slot(), offset: offset(), length: 1 + dice.below(9000), mapping: mapped, at: at)
    case 154..<160: .truncate(slot: slot(), size: size())
    case 160..<162: .truncateByName(file: dice.below(files), size: size())
    case 162..<170:
      .allocate(
        slot: slot(), dice.pick([.punch, .punch, .zero, .allocate, .keep]), offset: offset(),
        length: 1 + length())
    case 170..<174: .sync(slot: slot(), isDataOnly: dice.isOne(in: 2))
    case 174..<177: .msync(mapping: mapping(), isWaiting: !dice.isOne(in: 3))
    case 177..<181: .status(slot: slot())
    case 181..<187: .open(slot: place(isOpen, taken: false), file: dice.below(files), flags())
    case 187..<190: .close(slot: slot())
    case 190..<192: .dropCaches(1 + dice.below(3))
    case 192: .unlink(file: dice.below(files))
    case 193: dice.isOne(in: 3) ? .remount(unbinds: dice.isOne(in: 2)) : .dropCaches(3)
    case 194: .list(file: dice.below(files))
    default: .fail(opcode(), nth: 1 + dice.below(3), dice.pick([.EIO, .ENOSPC, .EACCES]))
    }
  }

  private mutating func size() -> Int {
    dice.isOne(in: 6) ? dice.below(6) * (dice.isOne(in: 2) ? 4096 : 2 << 20) : dice.below(largest)
  }

  private mutating func opcode() -> FuseOpcode {
    dice.pick([
      .setupMapping, .setupMapping, .setupMapping, .removeMapping, .write, .read, .setattr, .fallocate,
      .fsync,
      .open, .create, .unlink, .lookup, .getattr, .flush, .release, .opendir, .readdir,
    ])
  }
}
