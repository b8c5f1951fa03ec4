import DaxModel

/// What `mount -o` is given, with commas between.
struct MountOptions: Hashable {
  var dax = DaxOption.unsaid
  var isReadOnly = false
  /// The first that virtiofs does not know: such a mount is -EINVAL.
  var unknown: String?

  /// Those that are no business of the file system.
  private static let general = [
    "defaults", "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand", "silent", "loud",
    "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "dev",
    "nodev", "suid", "nosuid", "exec", "noexec", "auto", "noauto", "user", "nouser", "remount",
  ]

  init(_ text: String) {
    for part in text.split(separator: ",") {
      let option = String(part.trimmed)
      switch option {
      case "": break
      case "ro": isReadOnly = true
      case "rw": isReadOnly = false
      default:
        if let dax = DaxOption(rawValue: option) {
          self.dax = dax
        } else if !Self.general.contains(option) {
          unknown = unknown ?? option
        }
      }
    }
  }
}

extension Substring {
  /// Without blanks around it.
  fileprivate var trimmed: Substring {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}
