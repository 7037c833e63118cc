import Foundation
import InMemoryStorage
import PlanDomain
import PlanLifecycle
import PlanStorage
import PostgreSQLStorage
import PostgreSQLTestServer
import SQLiteStorage
import TestSupport
import Testing

/// A store with the lifecycle on top, and a clock that the test moves.
struct LifecycleFixture: Sendable {
  let plans: PlanLifecycleService
  let time: ManualTime

  /// In memory, or where PLANWRIGHT_TEST_STORE says: the lifecycle must not depend on it.
  ///
  /// `sqlite` is SQLite without a file, `postgresql` a schema of its own on a server of the tests.
  static var backend: StorageBackend {
    switch wanted {
    case "sqlite": .sqliteInMemory
    case "postgresql": postgreSQL
    default: .inMemory
    }
  }

  private static var wanted: String? {
    ProcessInfo.processInfo.environment["PLANWRIGHT_TEST_STORE"]
  }

  /// Whether the tests run on a PostgreSQL server.
  static var isOnServer: Bool { wanted == "postgresql" }

  /// As `backend`, but in memory where that cannot be suspended.
  static var suspendable: StorageBackend { isOnServer ? .inMemory : backend }

  static var postgreSQL: StorageBackend {
    BackendFactory.make("postgresql:") {
      guard let server = PostgreSQLTestServer.shared else {
        throw TestError("PLANWRIGHT_TEST_STORE names PostgreSQL, which is not installed")
      }
      let location = server.location(schema: server.newSchema(), options: "&connections=3")
      return UnsharedEngine(try PostgreSQLEngineRegistry.shared.open(location))
    }
  }

  init(_ backend: StorageBackend = LifecycleFixture.backend) throws {
    try self.init(engine: try backend.open())
  }

  init(engine: any StorageEngine) throws {
    let test = TestEnvironment()
    time = test.time
    plans = PlanLifecycleService(engine: engine, environment: test.environment)
  }

  /// Claims one plan, which must be this one.
  func claimOne(_ id: Plan.ID, actor: String = "somebody") throws -> LeaseToken {
    let claimed = try plans.writeBlocking { transaction in
      try transaction.claim(
        owner: LeaseOwner("test/1"), actors: [try ActorName(actor)], limit: 1,
        leaseFor: .seconds(60))
    }
    let plan = try #require(claimed.first)
    #expect(plan.id == id)
    return try #require(plan.leaseToken)
  }

  /// A plan of a sample action, and the action with it.
  func use(
    _ name: String = "local/sample", automation: Automation = .manual, readOnly: Bool = false,
    retry: RetryPolicy = .standard, attemptTimeout: Duration? = nil
  ) throws -> Plan {
    try plans.writeBlocking { transaction in
      let definition = try Fixture.action(
        name, readOnly: readOnly, automation: automation, retry: retry,
        attemptTimeout: attemptTimeout)
      if try transaction.snapshot.actions(matching: ActionQuery()).rows.allSatisfy({
        $0.name != definition.name
      }) {
        try transaction.createAction(definition)
      }
      return try transaction.use(name)
    }
  }

  func plan(_ id: Plan.ID) throws -> Plan { try plans.readBlocking { try $0.plan(id) } }

  /// The events of a plan follow each other and lead to its status.
  func checkHistory(_ id: Plan.ID) throws {
    let (plan, events) = try plans.readBlocking { (try $0.plan(id), try $0.events(of: id)) }
    #expect(events.map(\.sequence) == Array(1...plan.version))
    var status: PlanStatus?
    for event in events {
      #expect(event.from == status)
      status = event.to
    }
    #expect(status == plan.status)
  }
}
