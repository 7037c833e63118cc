import Foundation
import InMemoryStorage
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport

/// The adapters that the tests hold to the contract.
enum Adapters {
  /// The seed in PLANWRIGHT_SEED, or a random one.
  static let seed =
    ProcessInfo.processInfo.environment["PLANWRIGHT_SEED"].flatMap { UInt64($0) }
    ?? UInt64.random(in: 0..<1_000_000)

  static let memory = StorageHarness(
    name: "in-memory",
    traits: StorageTraits(latency: .inline, isDurable: false, isSharedBetweenProcesses: false)
  ) { FreshStore(.inMemory(named: UUID().uuidString)) }

  static let sqlite = StorageHarness(
    name: "SQLite",
    traits: StorageTraits(latency: .blocking, isDurable: true, isSharedBetweenProcesses: true),
    crashSubject: crashSubject
  ) {
    let directory = try ScratchDirectory()
    let backend = StorageBackend.sqlite(
      at: directory.path("plans.db"), options: SQLiteOptions(durability: .normal))
    return FreshStore(backend) { withExtendedLifetime(directory) {} }
  }

  static let sqliteInMemory = StorageHarness(
    name: "SQLite in memory",
    traits: StorageTraits(latency: .blocking, isDurable: false, isSharedBetweenProcesses: false)
  ) { FreshStore(.sqliteInMemory(named: UUID().uuidString)) }

  /// The program that the contract kills.
  static let crashSubject = CrashSubjectProgram(
    executable: TestProcess.path, arguments: ["crash-subject"])
}
