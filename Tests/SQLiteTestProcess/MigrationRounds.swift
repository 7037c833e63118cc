import FailingDisk
import Foundation
import PlanDomain
import PlanStorage
import SQLiteStorage
import TestSupport

/// Migrates a copy of a filled store on a disk that fails at one operation after the other, then
/// with a sound one, and looks each time whether everything is there.
struct MigrationRounds {
  private let original: String
  private let contents: StoreContents
  private let seed: UInt64

  /// The rounds of the store at this path, beside which a document says what it holds.
  init(_ path: String, _ words: [String]) throws {
    original = path
    contents = try StoreContents(beside: path)
    seed = KillRounds.value("--seed", words) ?? UInt64.random(in: 0..<1_000_000)
    say("repeat with --seed \(seed)")
  }

  /// Migrates the store at this path; killed at the operation of this number, if there is one.
  static func migrate(_ path: String, killedAt operation: Int?) throws {
    failing_disk_install()
    if let operation { failing_disk_plan(FAILING_DISK_KILL, operation, 1) }
    say("migrated to \(try SQLiteEngineRegistry().migrate(path).current)")
  }

  func run() throws {
    var faults = 0
    for fault in [FAILING_DISK_ONCE, FAILING_DISK_FOREVER, FAILING_DISK_POWER] {
      var operation = 0
      while try strike(fault, at: operation) {
        faults += 1
        operation += Rounds.isShort ? 5 : 1
      }
    }
    say("\(faults) faults, none fatal")
  }

  /// One migration that fails at an operation, and one that goes on from there; whether the fault
  /// came.
  private func strike(_ fault: failing_disk_fault, at operation: Int) throws -> Bool {
    let directory = try ScratchDirectory()
    let path = directory.path("plans.db")
    try FileManager.default.copyItem(atPath: original, toPath: path)
    failing_disk_install()
    failing_disk_plan(fault, operation, seed)
    do { _ = try SQLiteEngineRegistry().migrate(path) } catch {
      guard error is StorageError else { throw error }
    }
    let hasStruck = failing_disk_has_struck() != 0
    var left = path
    if fault == FAILING_DISK_POWER, hasStruck {
      let other = directory.path("after")
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
      guard failing_disk_save(other) == 0 else { throw TestError("cannot save") }
      left = "\(other)/plans.db"
      // The disk has seen nothing of a file that was not opened yet.
      if !FileManager.default.fileExists(atPath: left) {
        try FileManager.default.copyItem(atPath: original, toPath: left)
      }
    }
    failing_disk_remove()
    let store = try SQLiteEngineRegistry().open(left)
    defer { try? store.close() }
    guard try StoreContents(of: store) == contents, try store.integrityCheck().isSound else {
      throw TestError("fault \(fault.rawValue) at operation \(operation), seed \(seed)")
    }
    return hasStruck
  }
}
