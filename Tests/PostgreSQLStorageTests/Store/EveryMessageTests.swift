import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A unit of work whose connection ends", .enabled(if: PostgreSQLInstallation.isFound),
  .dedicatedThread)
struct EveryMessageTests {
  private let fixture: StoreFixture
  private let link: TestLink
  private let store: PostgreSQLStore

  /// A store whose only way to the server is a link, beside the one of the fixture.
  init() throws {
    fixture = try StoreFixture()
    link = try TestLink(to: fixture.server)
    store = try PostgreSQLEngineRegistry().open(
      link.location(schema: fixture.schema, options: "&application_name=\(fixture.schema)_link"))
  }

  /// Runs units of work that are interrupted at their first message, their second one, and so on,
  /// until one has fewer messages; returns the number of those that were interrupted.
  private func interrupted(_ interrupt: (Int) -> Void) throws -> Int {
    var number = 0
    while true {
      let made = Fixture.plan(UInt64(number) + 1, of: fixture.action)
      interrupt(number)
      try store.write { work in
        _ = try work.action(fixture.action.name)
        try work.store(made)
        guard try work.plan(made.plan.id) == made.plan else { throw TestError("not read back") }
      }
      let found = try fixture.store.read { session in
        (try session.plan(made.plan.id), try session.events(of: made.plan.id, after: 0, limit: 9))
      }
      #expect(found.0 == made.plan && found.1 == [made.event].compactMap { $0 }, "at \(number)")
      if link.forgetInterruption() { break }
      number += 1
    }
    #expect(try fixture.store.read { try $0.counts(in: .all).total } == number + 1)
    try store.close()
    return number
  }

  // Take a lost connection for a rollback without asking, and a plan is a duplicate; take it for a
  // commit, and one is missing.
  @Test("at any message is done once", arguments: TestLink.Direction.allCases)
  func cut(_ direction: TestLink.Direction) throws {
    let count = try interrupted { link.interrupt(after: $0, direction) }
    #expect(count >= 2)
  }

  @Test("because its backend is ended before any message is done once")
  func terminated() throws {
    let (server, name) = (fixture.server, "\(fixture.schema)_link")
    let count = try interrupted { number in
      link.interrupt(after: number, .toServer) {
        _ = try? server.query(
          """
          SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE application_name = '\(name)'
          """)
        return true
      }
    }
    #expect(count >= 2)
  }
}
