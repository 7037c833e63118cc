import InMemoryStorage
import PlanStorage
import PlanStorageContract
import SQLiteStorage
import TestSupport
import TestTraits
import Testing

// Protections 3, 6, 8 and 18: two stores that share no code but the ports are driven with the same
// operations and must answer alike, errors included, after every one of them.
@Suite("The in-memory store and SQLite", .dedicatedThread)
struct DifferentialTests {
  @Test("answer alike to the same random operations, errors included", .timeLimit(.minutes(30)))
  func answers() throws {
    let random = SeededGenerator.announced()
    let directory = try ScratchDirectory()
    let options = SQLiteOptions(durability: .normal)
    let backends: [StorageBackend] = [
      .sqlite(at: directory.path("a.db"), options: options, in: SQLiteEngineRegistry()),
      .sqliteInMemory(named: "differential"),
      .sqlite(
        at: directory.path("b.db"), options: SQLiteOptions(durability: .normal, exclusive: true),
        in: SQLiteEngineRegistry()),
    ]
    // The others answer one caller with the same code.
    for (index, backend) in backends.prefix(Rounds.isShort ? 1 : 3).enumerated() {
      let (memory, sqlite) = (try StorageBackend.inMemory.open(), try backend.open())
      var comparison = Comparison(sqlite, with: memory)
      try comparison.run(
        Arbitrary(random), breadth: 200,
        // Never fewer than it takes until there is enough to work on: at first most are refused.
        operations: max(8_000, Rounds.scaled(8_000, long: index == 0 ? 80_000 : 12_000)))
      try memory.close()
      try sqlite.close()
      // Neither all of them fail nor none: both kinds are compared.
      let counts = comparison.counts
      #expect(counts.refusals > counts.operations / 50)
      #expect(counts.refusals < counts.operations / 2)
    }
  }
}
