import FailingDisk
import Foundation
import PlanDomain
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport

/// Lets the disk fail at one operation after the other, and looks each time at what is left.
struct DiskRounds {
  private let rounds: UInt64
  private let stride: Int
  private let seed: UInt64
  /// Checks `normal` against the guarantees of `full`: the check must fail.
  private let isStrict: Bool
  private var faults = 0

  init(_ words: [String]) {
    rounds = KillRounds.value("--rounds", words) ?? 1
    stride = Int(KillRounds.value("--stride", words) ?? 1)
    seed = KillRounds.value("--seed", words) ?? UInt64.random(in: 0..<1_000_000)
    isStrict = words.contains("--strict")
    say("repeat with --seed \(seed)")
  }

  mutating func run() throws {
    let faults = [FAILING_DISK_ONCE, FAILING_DISK_FOREVER, FAILING_DISK_POWER]
    for round in 0..<rounds {
      for fault in isStrict ? [FAILING_DISK_POWER] : faults {
        for durability in isStrict ? [SQLiteOptions.Durability.normal] : [.full, .normal] {
          try runThrough(fault, durability, seed &+ round)
        }
      }
    }
    say("\(faults) faults, none fatal")
  }

  /// One run for each operation that could fail, until a run ends before the fault.
  private mutating func runThrough(
    _ fault: failing_disk_fault, _ durability: SQLiteOptions.Durability, _ seed: UInt64
  ) throws {
    var operation = Int(seed % UInt64(stride))
    while true {
      let run = try DiskRun(fault, at: operation, durability, seed: seed, isStrict: isStrict)
      let hasStruck = try run.run()
      guard hasStruck else { return }
      faults += 1
      operation += stride
    }
  }
}

/// One run: some units of work on a disk that fails, then a look with a sound one.
private struct DiskRun {
  private let fault: failing_disk_fault
  private let operation: Int
  private let durability: SQLiteOptions.Durability
  private let seed: UInt64
  private let isStrict: Bool
  private let directory = try? ScratchDirectory()
  private static let units = 5

  init(
    _ fault: failing_disk_fault, at operation: Int, _ durability: SQLiteOptions.Durability,
    seed: UInt64,
    isStrict: Bool
  ) throws {
    self.isStrict = isStrict
    self.fault = fault
    self.operation = operation
    self.durability = durability
    self.seed = seed
  }

  private var name: String {
    let names = ["sound", "once", "for ever", "power loss"]
    return "\(names[Int(fault.rawValue)]) at operation \(operation), \(durability), seed \(seed)"
  }

  /// Whether the fault came.
  func run() throws -> Bool {
    guard let directory else { throw TestError("no directory") }
    let path = directory.path("plans.db")
    failing_disk_install()
    failing_disk_plan(fault, operation, seed)
    let acknowledged = try work(path)
    let hasStruck = failing_disk_has_struck() != 0
    var left = path
    if fault == FAILING_DISK_POWER, hasStruck {
      let other = directory.path("after")
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
      guard failing_disk_save(other) == 0 else { throw TestError("cannot save") }
      left = "\(other)/plans.db"
    }
    failing_disk_remove()
    // A fault that passes does not keep a store from going on.
    if fault == FAILING_DISK_ONCE, acknowledged < Self.units {
      throw TestError("\(name): only \(acknowledged) units of work got through")
    }
    try check(left, acknowledged, isPower: fault == FAILING_DISK_POWER && hasStruck)
    return hasStruck
  }

  /// Does units of work until they are done or the disk is dead; how many were acknowledged.
  private func work(_ path: String) throws -> Int {
    var acknowledged = 0
    // What fails once is tried again, as a host would.
    for _ in 0..<3 {
      do {
        let store = try SQLiteEngineRegistry().open(path, SQLiteOptions(durability: durability))
        defer { try? store.close() }
        for _ in 0..<3 where acknowledged < Self.units {
          do {
            while acknowledged < Self.units {
              try CrashWorkload().run(acknowledged, in: store)
              acknowledged += 1
              if acknowledged == 3 { _ = try store.checkpoint() }
              _ = try store.read { try $0.counts(in: .all).total }
            }
          } catch { try expectOwn(error) }
        }
      } catch { try expectOwn(error) }
      if acknowledged == Self.units { break }
    }
    return acknowledged
  }

  private func expectOwn(_ error: any Error) throws {
    guard error is StorageError else { throw TestError("\(name): \(error)") }
  }

  /// What a sound disk shows: everything that was acknowledged, nothing by half.
  private func check(_ path: String, _ acknowledged: Int, isPower: Bool) throws {
    guard FileManager.default.fileExists(atPath: path) || acknowledged > 0 else { return }
    let store = try SQLiteEngineRegistry().open(path)
    defer { try? store.close() }
    let problems = try store.integrityCheck().problems
    let stored = try store.contentsDescription()
    // Without a sync at each commit, the latest units of work may go with the power, but no other.
    let mayLoseLatest = isPower && durability == .normal && !isStrict
    let least = mayLoseLatest ? 0 : acknowledged
    let reference = ReferenceEngine()
    for count in 0...(acknowledged + 1) {
      if count >= least, try reference.contentsDescription() == stored, problems.isEmpty { return }
      try CrashWorkload().run(count, in: reference)
    }
    throw TestError("\(name): \(acknowledged) units of work acknowledged, \(problems), \(stored)")
  }
}
