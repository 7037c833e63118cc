import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A pool of connections", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct PoolTests {
  /// Keeps one connection of a pool until `release` is called.
  private struct Loan {
    private let isLent = Latch<Void>()
    private let end = Latch<Void>()
    private let thread: DedicatedThread

    init(_ pool: PostgreSQLPool) throws {
      let (isLent, end) = (isLent, end)
      thread = DedicatedThread {
        try pool.withConnection("testing") { _ in
          isLent.open(with: ())
          _ = try end.wait(for: "the end of the loan")
        }
      }
      try isLent.wait(for: "a connection")
    }

    func release() throws {
      end.open(with: ())
      try thread.join()
    }
  }

  @Test("lends the same connection again, and opens another one only when it is needed")
  func reuse() throws {
    let pool = try ConnectionFixture().pool()
    defer { pool.close() }
    let backends = try (0..<10).map { _ in
      try pool.withConnection("testing") { $0.backend }
    }
    #expect(Set(backends).count == 1)
    let loan = try Loan(pool)
    #expect(try pool.withConnection("testing") { $0.backend } != backends[0])
    try loan.release()
    #expect(pool.counts.idle == 2 && pool.counts.lent == 0)
  }

  @Test("never lends more connections than its bound, and each to one user at a time")
  func bound() throws {
    let pool = try ConnectionFixture().pool(limit: 3)
    defer { pool.close() }
    let users = Locked<(now: [ObjectIdentifier: Int], greatest: Int)>(([:], 0))
    let shared = Locked(0)
    let threads = (0..<12).map { _ in
      DedicatedThread {
        for _ in 0..<20 {
          try pool.withConnection("testing") { connection in
            let id = ObjectIdentifier(connection)
            users.withLock { users in
              users.now[id, default: 0] += 1
              users.greatest = max(users.greatest, users.now.values.reduce(0, +))
              if users.now[id] != 1 { shared.withLock { $0 += 1 } }
            }
            defer { users.withLock { $0.now[id] = nil } }
            try connection.query("SELECT 1")
          }
        }
      }
    }
    for thread in threads { try thread.join() }
    #expect(users.withLock { $0.greatest } <= 3 && shared.withLock { $0 } == 0)
  }

  @Test("serves threads and jobs in the order in which they came")
  func order() throws {
    let pool = try ConnectionFixture().pool(limit: 1)
    defer { pool.close() }
    let loan = try Loan(pool)
    let served = Locked<[Int]>([])
    var threads: [DedicatedThread] = []
    for number in 0..<12 {
      if number % 3 == 0 {
        threads.append(
          DedicatedThread {
            try pool.withConnection("testing") { _ in served.withLock { $0.append(number) } }
          })
      } else {
        _ = pool.submit("testing") { _ in
          served.withLock { $0.append(number) }
        } completion: { _ in
        }
      }
      try blockUntil("user \(number) to wait") { pool.counts.waiting == number + 1 }
    }
    try loan.release()
    for thread in threads { try thread.join() }
    try blockUntil("all users to be served") { served.withLock { $0.count } == 12 }
    #expect(served.withLock { $0 } == Array(0..<12))
  }

  @Test("a user that waits for too long gets an error, and the others their connection")
  func waitLimit() throws {
    let pool = try ConnectionFixture().pool(limit: 1, waitLimit: .milliseconds(50))
    defer { pool.close() }
    try blockUntil("a connection that is opened in time") {
      (try? pool.withConnection("testing") { _ in true }) ?? false
    }
    let loan = try Loan(pool)
    #expect(errorCode { try pool.withConnection("testing") { _ in } } == "busy")
    let outcome = Latch<Result<Void, any Error>>()
    _ = pool.submit("testing") { _ in
    } completion: {
      outcome.open(with: $0)
    }
    let result = try outcome.wait(for: "the job to fail")
    #expect(errorCode { try result.get() } == "busy")
    #expect(pool.counts.waiting == 0)
    try loan.release()
    try pool.withConnection("testing") { _ = try $0.query("SELECT 1") }
  }

  @Test("jobs that wait keep no thread, and those that run not more than there are connections")
  func jobs() throws {
    let pool = try ConnectionFixture().pool(limit: 2)
    defer { pool.close() }
    let loans = [try Loan(pool), try Loan(pool)]
    let results = Locked<[Int64]>([])
    for number in 0..<200 {
      _ = pool.submit("testing") { connection in
        try connection.query("SELECT $1::bigint", .int(number)).int(0, 0)
      } completion: { result in
        if let value = try? result.get() { results.withLock { $0.append(value) } }
      }
    }
    // One for the deadlines.
    #expect(pool.threadCount <= 1)
    for loan in loans { try loan.release() }
    try blockUntil("all jobs to end") { results.withLock { $0.count } == 200 }
    #expect(pool.threadCount <= 3)
    #expect(Set(results.withLock { $0 }) == Set(0..<200))
  }

  @Test("a job that is withdrawn before it begins does not run")
  func withdrawal() throws {
    let pool = try ConnectionFixture().pool(limit: 1)
    defer { pool.close() }
    let loan = try Loan(pool)
    let outcome = Latch<Result<Void, any Error>>()
    let ran = Locked(false)
    let withdraw = pool.submit("testing") { _ in
      ran.withLock { $0 = true }
    } completion: {
      outcome.open(with: $0)
    }
    withdraw()
    #expect(throws: CancellationError.self) { try outcome.wait().get() }
    withdraw()
    try loan.release()
    try pool.withConnection("testing") { _ in }
    #expect(ran.withLock { !$0 })
  }

  @Test("a transaction that a user leaves open or failed is rolled back")
  func openTransactions() throws {
    let fixture = try ConnectionFixture()
    let pool = try fixture.pool(limit: 1)
    defer { pool.close() }
    let table = fixture.name()
    try pool.withConnection("testing") { _ = try $0.query("CREATE TABLE \(table) (a bigint)") }
    for end in ["SELECT 1", "SELECT 1/0"] {
      _ = try? pool.withConnection("testing") { connection in
        _ = try connection.run([.once("BEGIN"), .once("INSERT INTO \(table) VALUES (1)")])
        try connection.query(end)
      }
      let (state, count) = try pool.withConnection("testing") { connection in
        (
          connection.transactionState,
          try connection.query("SELECT count(*) FROM \(table)").int(0, 0)
        )
      }
      #expect(state == .idle && count == 0)
    }
    try pool.withConnection("testing") { _ = try $0.query("DROP TABLE \(table)") }
  }

  @Test("connections that the server has ended are replaced before they are lent")
  func terminated() throws {
    let fixture = try ConnectionFixture()
    let name = fixture.name()
    let pool = try fixture.pool(application: name)
    defer { pool.close() }
    for _ in 0..<3 {
      let loans = [try Loan(pool), try Loan(pool)]
      for loan in loans { try loan.release() }
      #expect(pool.counts.idle == 2)
      #expect(try fixture.server.terminateConnections(application: name) == 2)
      try blockUntil("the end of the server's processes") {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'"
        return try fixture.server.query(count) == ["0"]
      }
      for _ in 0..<3 { try pool.withConnection("testing") { _ = try $0.query("SELECT 1") } }
    }
  }

  @Test("users wait while the server restarts, and go on")
  func restart() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let pool = try ConnectionFixture(server).pool(limit: 2)
    defer { pool.close() }
    for mode in [PostgreSQLTestServer.StopMode.immediate, .fast] {
      try pool.withConnection("testing") { _ = try $0.query("SELECT 1") }
      try server.stop(mode)
      let threads = (0..<6).map { _ in
        DedicatedThread { try pool.withConnection("testing") { _ = try $0.query("SELECT 1") } }
      }
      try server.start()
      for thread in threads { try thread.join() }
    }
  }

  @Test("users wait while a standby is promoted, and go on there")
  func failover() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let standby = try server.makeSynchronousStandby()
    defer { standby.close() }
    let fixture = try ConnectionFixture(server)
    let location = PostgreSQLTestServer.location(
      of: [standby, server], schema: "a", options: "&target_session_attrs=read-write")
    let pool = PostgreSQLPool(try fixture.connector(location), limit: 2)
    defer { pool.close() }
    try pool.withConnection("testing") { _ = try $0.query("CREATE TABLE kept AS SELECT 7 AS a") }
    try server.stop(.immediate)
    let threads = (0..<4).map { _ in
      DedicatedThread {
        try pool.withConnection("testing") { connection in
          #expect(try connection.query("SELECT sum(a) FROM kept WHERE a = 7").int(0, 0) == 7)
          try connection.query("INSERT INTO kept VALUES (8)")
        }
      }
    }
    try standby.promote()
    for thread in threads { try thread.join() }
    #expect(try standby.query("SELECT count(*) FROM kept") == ["5"])
  }

  @Test("a user can have its lost connection replaced, and keeps its place")
  func replacement() throws {
    let fixture = try ConnectionFixture()
    let name = fixture.name()
    let pool = try fixture.pool(limit: 1, application: name)
    defer { pool.close() }
    try pool.withConnection("testing") { connection in
      try fixture.server.terminateConnections(application: name)
      let failed = try failure {
        while true { try connection.query("SELECT 1") }
      }
      #expect(failed.isConnectionLost)
      try pool.replace(&connection, within: .seconds(600))
      try connection.query("SELECT 1")
    }
    #expect(pool.counts.idle == 1 && pool.counts.lent == 0)
  }

  @Test("a user for whom the server has no connection to spare gets one that another user returns")
  func fewerConnectionsThanUsers() throws {
    let fixture = try ConnectionFixture()
    let role = fixture.name()
    try fixture.server.query("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 1")
    let location = fixture.server.location(schema: "a", user: role)
    let pool = PostgreSQLPool(try fixture.connector(location), limit: 2)
    let loan = try Loan(pool)
    let thread = DedicatedThread {
      try pool.withConnection("testing") { _ = try $0.query("SELECT 1") }
    }
    try blockUntil("two users to be in the pool") { pool.counts.lent == 2 }
    try loan.release()
    try thread.join()
    #expect(pool.counts.idle == 1 && pool.counts.lent == 0)
    pool.close()
    try blockUntil("the role to be free") {
      (try? fixture.server.query("DROP ROLE \(role)")) != nil
    }
  }

  // Without another attempt, a user fails whose returned connection was taken by somebody else.
  @Test("users who find a returned connection taken open one of their own")
  func takenConnection() throws {
    let fixture = try ConnectionFixture()
    for _ in 0..<Rounds.scaled(12, long: 100) {
      let pool = try fixture.pool(limit: 24)
      defer { pool.close() }
      let results = try race(24) { _ in
        Result<Void, any Error> {
          for _ in 0..<4 { try pool.withConnection("testing") { _ in } }
        }
      }
      for result in results { try result.get() }
    }
  }

  @Test("a place whose connection could not be opened is free again")
  func failedOpening() throws {
    let server = try PostgreSQLTestServer()
    defer { server.close() }
    let pool = try ConnectionFixture(server).pool(limit: 1, waitLimit: .milliseconds(50))
    defer { pool.close() }
    try server.stop()
    for _ in 0..<3 {
      #expect(errorCode { try pool.withConnection("testing") { _ in } } == "unavailable")
      let outcome = Latch<Result<Void, any Error>>()
      _ = pool.submit("testing") { _ in
      } completion: {
        outcome.open(with: $0)
      }
      let result = try outcome.wait(for: "the job to fail")
      #expect(errorCode { try result.get() } == "unavailable")
    }
    #expect(pool.counts.lent == 0)
    try server.start()
    let patient = try ConnectionFixture(server).pool(limit: 1)
    defer { patient.close() }
    try patient.withConnection("testing") { _ = try $0.query("SELECT 1") }
  }

  @Test("closing waits for users, refuses others, and leaves no thread and no connection")
  func closing() throws {
    let fixture = try ConnectionFixture()
    let name = fixture.name()
    let pool = try fixture.pool(limit: 1, application: name)
    let loan = try Loan(pool)
    let outcome = Latch<Result<Void, any Error>>()
    _ = pool.submit("testing") { _ in
    } completion: {
      outcome.open(with: $0)
    }
    let waiting = DedicatedThread {
      #expect(errorCode { try pool.withConnection("testing") { _ in } } == "closed")
    }
    try blockUntil("two users to wait") { pool.counts.waiting == 2 }
    let isClosed = Locked(false)
    let closing = DedicatedThread {
      pool.close()
      isClosed.withLock { $0 = true }
    }
    let result = try outcome.wait(for: "the job to be refused")
    #expect(errorCode { try result.get() } == "closed")
    try waiting.join()
    #expect(isClosed.withLock { !$0 })
    try loan.release()
    try closing.join()
    #expect(pool.threadCount == 0 && pool.counts.idle == 0)
    #expect(errorCode { try pool.withConnection("testing") { _ in } } == "closed")
    try blockUntil("the server to see the end") {
      let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'"
      return try fixture.server.query(count) == ["0"]
    }
    pool.close()
  }
}
