import Foundation

/// A file system of a few kilobytes, where the tests may make one.
final class SmallDisk {
  /// Whether this user may mount file systems here.
  static let isPossible: Bool = (try? SmallDisk(kilobytes: 64)) != nil

  private let place: String

  struct CannotMount: Error {}

  init(kilobytes: Int) throws {
    place = NSTemporaryDirectory() + "planwright-disk-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    #if os(Linux)
      guard mount("tmpfs", place, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
        rmdir(place)
        throw CannotMount()
      }
    #else
      rmdir(place)
      throw CannotMount()
    #endif
  }

  deinit {
    #if os(Linux)
      umount2(place, Int32(MNT_DETACH))
    #endif
    rmdir(place)
  }

  func path(_ name: String) -> String { "\(place)/\(name)" }

  /// Fills the disk except for `kilobytes`.
  func fill(_ name: String, leaving kilobytes: Int) throws {
    var status = statvfs()
    statvfs(place, &status)
    let free = Int(status.f_bavail) * Int(status.f_bsize) - kilobytes << 10
    try Data(count: max(0, free)).write(to: URL(fileURLWithPath: path(name)))
  }

  /// Takes out what filled it.
  func free(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }
}
