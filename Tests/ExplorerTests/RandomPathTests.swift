import Explorer
import InMemoryStorage
import PlanStorage
import SQLiteStorage
import TestSupport
import TestTraits
import Testing

@Suite("Random paths of explored shapes", .dedicatedThread)
struct RandomPathTests {
  @Test(
    "end equal in the in-memory store and in SQLite, in states that the explorer knows",
    .timeLimit(.minutes(30)), arguments: ["one-plan-time-out", "chain-1"])
  func paths(_ name: String) throws {
    let memory = try StorageBackend.inMemory.open()
    let sqlite = try StorageBackend.sqliteInMemory.open()
    var paths = try RandomPaths(name, memory, sqlite, .announced())
    for _ in 0..<Rounds.scaled(50) {
      if let difference = try paths.path(length: 40) {
        Issue.record("\(difference)")
        break
      }
    }
    try memory.close()
    try sqlite.close()
  }
}
