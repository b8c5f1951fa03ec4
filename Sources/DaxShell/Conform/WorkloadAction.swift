import DaxModel

/// What is done in a step. Files go by their names.
enum WorkloadAction: Hashable {
  case mount(String, MountOptions)
  case remount(MountOptions)
  case umount
  case open(String, OpenFlags)
  case close(String)
  case pread(String, offset: UInt64, length: UInt64)
  case pwrite(String, offset: UInt64, length: UInt64, seed: String)
  /// Reads of `step` bytes from one offset to another, or to the end of the file.
  case seqread(String, from: UInt64, to: UInt64, step: UInt64)
  case mmap(String, MapRequest)
  /// The whole mapping, unless a part is said.
  case munmap(offset: UInt64?, length: UInt64?)
  case mread(offset: UInt64, length: UInt64)
  case mwrite(offset: UInt64, length: UInt64, seed: String)
  case mprotect(Int, offset: UInt64?, length: UInt64?)
  /// To the end of the mapping, unless a length is said.
  case msync(offset: UInt64, length: UInt64?, flags: Int)
  case fsync(String, isDataOnly: Bool)
  case ftruncate(String, UInt64)
  case truncate(String, UInt64)
  case fallocate(String, mode: Int, offset: UInt64, length: UInt64)
  case fstat(String)
  case statx(String)
  case unlink(String)
  case dropCaches(Int)
  case sendfile(String, offset: UInt64, length: UInt64)
  case copyFileRange(from: String, UInt64, to: String, UInt64, length: UInt64)
  /// The buffer is in the newest mapping.
  case preadIntoMap(String, offset: UInt64, length: UInt64, mapOffset: UInt64)
  case pwriteFromMap(String, offset: UInt64, length: UInt64, mapOffset: UInt64)
  case sleep
  case hostRead(String, offset: UInt64, length: UInt64)
  case hostWrite(String, offset: UInt64, length: UInt64, seed: String)
  case hostTruncate(String, UInt64)
  case hostAppendZeros(String, UInt64)
  case hostFail(FuseOpcode, nth: Int, Errno)
  /// Runs a program.
  case exec(String)
  /// `SEEK_HOLE`, unless another number is said.
  case lseek(String, offset: UInt64, whence: UInt32)
  /// The recording has something that is not understood, which a sentence tells.
  case unreadable(String)
}
