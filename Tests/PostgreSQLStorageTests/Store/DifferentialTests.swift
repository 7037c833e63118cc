import InMemoryStorage
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

// Two stores that share no code but the ports are driven with the same operations and must answer
// alike, errors included, after every one of them.
@Suite(
  "The in-memory store and PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound),
  .dedicatedThread)
struct DifferentialTests {
  @Test("answer alike to the same random operations, errors included", .timeLimit(.minutes(30)))
  func answers() throws {
    let random = SeededGenerator.announced()
    let server = try #require(PostgreSQLTestServer.shared, "the server did not start")
    let registry = PostgreSQLEngineRegistry()
    let memory = try StorageBackend.inMemory.open()
    let store = try registry.open(server.location(schema: server.newSchema()))
    var comparison = Comparison(store, with: memory)
    try comparison.run(
      Arbitrary(random), breadth: 200,
      // Never fewer than it takes until there is enough to work on: at first most are refused.
      operations: max(4_000, Rounds.scaled(4_000, long: 40_000)))
    #expect(try store.integrityCheck().problems == [])
    try memory.close()
    try store.close()
    // Neither all of them fail nor none: both kinds are compared.
    let counts = comparison.counts
    #expect(counts.refusals > counts.operations / 50)
    #expect(counts.refusals < counts.operations * 3 / 4)
  }
}
