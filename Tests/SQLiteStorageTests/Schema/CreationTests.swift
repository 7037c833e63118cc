import PlanStorage
import TestSupport
import TestTraits
import Testing

@testable import SQLiteStorage

@Suite("The creation of a SQLite store", .dedicatedThread)
struct CreationTests {
  // With a transaction for each migration, what is left looks like a store of an earlier version.
  @Test("leaves nothing or the whole store when its process is killed, at whichever operation")
  func killed() throws {
    var (unfinished, operation) = (0, 0)
    while true {
      let directory = try ScratchDirectory()
      let path = directory.path("plans.db")
      let process = try TestProcess("migrate", path, "\(operation)")
      let isCreated = process.lines() == ["migrated to \(Migration.current)"]
      let version = try StorageBackend.sqlite(at: path, in: SQLiteEngineRegistry()).schema().current
      #expect([0, Migration.current].contains(version), "operation \(operation)")
      if version == 0 {
        let error = try #require(
          #expect(throws: StorageError.self) { try SQLiteEngineRegistry().openReadOnly(path) })
        let isUnfinished = error.code == .readOnly
        #expect(isUnfinished || error.code == .cannotOpen, "operation \(operation): \(error)")
        if isUnfinished { #expect("\(error)".contains("its creation did not finish")) }
        unfinished += isUnfinished ? 1 : 0
      }
      // The next process creates it, or finishes what was begun.
      let store = try SQLiteEngineRegistry().open(path)
      #expect(try store.integrityCheck().isSound)
      try store.close()
      if isCreated { break }
      operation += Rounds.isLong ? 1 : 5
    }
    #expect(operation > 10 && unfinished > 0)
  }
}
