import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A server whose disk is full", .enabled(if: LimitedFolder.isPossible), .dedicatedThread)
struct FullDiskTests {
  @Test(
    "refuses units of work with an error of its own, keeps what it took, and goes on with space")
  func full() throws {
    let folder = try LimitedFolder(megabytes: 8)
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    try server.query("CREATE TABLESPACE small LOCATION '\(folder.path)'")
    try server.query(
      "CREATE TABLE filler TABLESPACE small AS SELECT generate_series(1, 60000) AS n")
    try server.query("ALTER DATABASE postgres SET default_tablespace = small")
    let fixture = try StoreFixture(server)
    var stored: UInt64 = 0
    var refusal: StorageError?
    while refusal == nil, stored < 100_000 {
      do {
        try fixture.storePlan(stored + 1)
        stored += 1
      } catch let error as StorageError { refusal = error }
    }
    #expect(refusal?.code == .full, "\(String(describing: refusal))")
    #expect(try fixture.store.read { try $0.counts(in: .all).total } == Int(stored))

    try server.query("DROP TABLE filler")
    try fixture.storePlan(stored + 1)
    #expect(try fixture.store.read { try $0.counts(in: .all).total } == Int(stored) + 1)
    #expect(try fixture.feed().count == min(Int(stored) + 1, 10_000))
    try fixture.store.close()
  }
}
