import PlanDomain
import PlanStorage
import PlanStorageContract
import PostgreSQLTestServer
import TestSupport
import TestTraits
import Testing

@testable import PostgreSQLStorage

@Suite(
  "A connection of PostgreSQL", .enabled(if: PostgreSQLInstallation.isFound), .dedicatedThread)
struct ConnectionTests {
  @Test("returns values of every type as they were sent")
  func values() throws {
    var generator = SeededGenerator.announced()
    let connection = try ConnectionFixture().connect()
    let sql = """
      SELECT $1::bigint, $2::boolean, $3::text, $4::bytea, $5::uuid, $6::bigint[], $7::text[], \
      $8::uuid[], $9::bytea[], $10::text
      """
    for _ in 0..<100 {
      func list<Element>(_ element: () -> Element) -> [Element] {
        (0..<Int.random(in: 0...5, using: &generator)).map { _ in element() }
      }
      var numbers = generator
      func number() -> Int64 { Int64.random(in: .min ... .max, using: &numbers) }
      func id() -> ULID {
        ULID(high: UInt64(bitPattern: number()), low: UInt64(bitPattern: number()))
      }
      let texts = ["", "é\u{1F600}", "a'b\"\\", String(repeating: "x", count: 5_000)]
      func text() -> String { texts[Int(number() & 3)] }
      let bytes = list { UInt8(truncatingIfNeeded: number()) }
      let (int, ids, ints, names) = (number(), list(id), list(number), list(text))
      let blobs = list { Array(text().utf8) }
      let single = (id(), text())
      generator = numbers
      let rows = try connection.query(
        sql, .int(int), .bool(int > 0), .text(single.1), .bytes(bytes), .id(single.0), .ints(ints),
        .texts(names), .ids(ids), .byteStrings(blobs), .null)
      #expect(rows.count == 1)
      #expect(try rows.int(0, 0) == int)
      #expect(try rows.bool(0, 1) == (int > 0))
      #expect(try rows.text(0, 2) == single.1)
      #expect(try rows.bytes(0, 3) == bytes)
      #expect(try rows.id(0, 4) == single.0)
      #expect(try rows.ints(0, 5) == ints)
      #expect(try rows.texts(0, 6) == names)
      #expect(try rows.ids(0, 7) == ids)
      #expect(try rows.textOrNil(0, 9) == nil)
      let sizes = try connection.query(
        "SELECT array(SELECT length(b)::bigint FROM unnest($1::bytea[]) AS b)",
        .byteStrings(blobs))
      #expect(try sizes.ints(0, 0) == blobs.map { Int64($0.count) })
    }
  }

  @Test("sends and receives values of megabytes at the same time")
  func largeValues() throws {
    let connection = try ConnectionFixture().connect()
    let large = [UInt8](repeating: 7, count: 8 << 20)
    let commands = (0..<4).map { _ in PostgreSQLCommand.once("SELECT $1::bytea", [.bytes(large)]) }
    let results = try connection.run(commands)
    #expect(results.count == 4)
    for rows in results { #expect(try rows.bytes(0, 0) == large) }
  }

  @Test("prepares a statement once, in the round trip of its first use")
  func preparation() throws {
    let connection = try ConnectionFixture().connect()
    let statement = PostgreSQLStatement("addition", "SELECT $1::bigint + $2::bigint")
    for number in 0..<3 {
      let both = [Int64(number), 5].map { PostgreSQLCommand(statement, [.int(1), .int($0)]) }
      let results = try connection.run(both)
      #expect(try results.map { try $0.int(0, 0) } == [Int64(number) + 1, 6])
    }
    let rows = try connection.query(
      "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE name = 'addition'")
    #expect(rows.count == 1)
    #expect(try rows.int(0, 0) == 6)
  }

  @Test("prepares a statement again whose first preparation failed or was skipped")
  func failedPreparation() throws {
    let fixture = try ConnectionFixture()
    let connection = try fixture.connect()
    let table = fixture.name()
    let late = PostgreSQLStatement("late", "SELECT count(*) FROM \(table)")
    let skipped = PostgreSQLStatement("skipped", "SELECT 1::bigint")
    let failed = try failure {
      _ = try connection.run([PostgreSQLCommand(late), PostgreSQLCommand(skipped)])
    }
    #expect(failed.sqlState == "42P01" && failed.index == 0)
    try connection.query("CREATE TABLE \(table) (a int)")
    let results = try connection.run([PostgreSQLCommand(late), PostgreSQLCommand(skipped)])
    #expect(try results.map { try $0.int(0, 0) } == [0, 1])
    try connection.query("DROP TABLE \(table)")
  }

  @Test("without BEGIN, commands of one round trip happen entirely or not at all")
  func implicitTransaction() throws {
    let fixture = try ConnectionFixture()
    let connection = try fixture.connect()
    let table = fixture.name()
    try connection.query("CREATE TABLE \(table) (a bigint PRIMARY KEY)")
    let insert = "INSERT INTO \(table) VALUES ($1::bigint)"
    let failed = try failure {
      _ = try connection.run([1, 2, 1, 3].map { .once(insert, [.int($0 as Int64)]) })
    }
    #expect(failed.index == 2 && failed.isUniqueViolation && !failed.isConnectionLost)
    #expect(failed.constraint == "\(table)_pkey")
    #expect(connection.transactionState == .idle)
    #expect(try connection.query("SELECT count(*) FROM \(table)").int(0, 0) == 0)
    try connection.query("DROP TABLE \(table)")
  }

  @Test("a failure in a transaction leaves it failed until it is rolled back")
  func failedTransaction() throws {
    let connection = try ConnectionFixture().connect()
    let failed = try failure {
      _ = try connection.run([.once("BEGIN"), .once("SELECT 1/0"), .once("COMMIT")])
    }
    #expect(failed.index == 1 && failed.sqlState == "22012")
    #expect(!failed.mayHaveExecuted(2))
    #expect(connection.transactionState == .failed)
    connection.rollBack()
    #expect(connection.transactionState == .idle && !connection.isBroken)
    #expect(try connection.query("SELECT 7::bigint").int(0, 0) == 7)
  }

  @Test("runs each segment by itself, also after one that failed")
  func segments() throws {
    let fixture = try ConnectionFixture()
    let connection = try fixture.connect()
    let table = fixture.name()
    try connection.query("CREATE TABLE \(table) (a bigint)")
    let insert = "INSERT INTO \(table) VALUES ($1::bigint)"
    let failed = try failure {
      _ = try connection.run(segments: [
        [.once(insert, [.int(1 as Int64)])],
        [.once(insert, [.int(2 as Int64)]), .once("SELECT 1/0")],
        [.once(insert, [.int(3 as Int64)])],
      ])
    }
    #expect(failed.index == 2)
    let rows = try connection.query("SELECT array_agg(a ORDER BY a) FROM \(table)")
    #expect(try rows.ints(0, 0) == [1, 3])
    let results = try connection.run(segments: [
      [.once("SELECT 1::bigint")], [], [.once("SELECT 2::bigint"), .once("SELECT 3::bigint")],
    ])
    #expect(try results.map { try $0.int(0, 0) } == [1, 2, 3])
    try connection.query("DROP TABLE \(table)")
  }

  @Test("a value of another type, or NULL where none is allowed, is reported as corrupt")
  func wrongTypes() throws {
    let connection = try ConnectionFixture().connect()
    let rows = try connection.query(
      "SELECT 'text'::text AS a, NULL::bigint AS b, 1.5::numeric AS c, ARRAY[1, NULL]::bigint[] AS d"
    )
    #expect(errorCode { try rows.int(0, 0) } == "corrupt")
    #expect(errorCode { try rows.int(0, 1) } == "corrupt")
    #expect(try rows.intOrNil(0, 1) == nil)
    #expect(errorCode { try rows.int(0, 2) } == "corrupt")
    #expect(errorCode { try rows.text(0, 2) } == "corrupt")
    #expect(errorCode { try rows.id(0, 0) } == "corrupt")
    #expect(errorCode { try rows.ints(0, 3) } == "corrupt")
    #expect(errorCode { try rows.ids(0, 3) } == "corrupt")
    #expect(errorCode { try rows.bool(0, 0) } == "corrupt")
    #expect(errorCode { try rows.text(1, 0) } == "corrupt")
  }

  @Test("no value of a parameter is in any text of a failure")
  func noValues() throws {
    let fixture = try ConnectionFixture()
    let connection = try fixture.connect()
    let table = fixture.name()
    try connection.query("CREATE TABLE \(table) (a text PRIMARY KEY, b bigint)")
    let secret = "hidden-value"
    for sql in [
      "SELECT $1::text::bigint", "SELECT $1::text::timestamptz", "SELECT $1::text::jsonb",
      "INSERT INTO \(table) VALUES ($1::text, 1), ($1::text, 2)",
    ] {
      let failed = try failure { try connection.query(sql, .text(secret)) }
      let texts = ["\(failed)", "\(failed.error("writing", "store x"))"]
      #expect(texts.allSatisfy { !$0.contains(secret) }, "\(texts)")
    }
    try connection.query("DROP TABLE \(table)")
  }

  @Test("a connection that the server ended before is found out without a question")
  func endedBefore() throws {
    let fixture = try ConnectionFixture()
    let name = fixture.name()
    let connection = try fixture.connect(name)
    #expect(connection.checkIsAlive())
    #expect(try fixture.server.terminateConnections(application: name) == 1)
    try blockUntil("the end of the connection") { !connection.checkIsAlive() }
    let failed = try failure { try connection.query("SELECT 1") }
    #expect(failed.isConnectionLost && !failed.wasSent && !failed.mayHaveExecuted(0))
  }

  @Test("a connection that ends in a command says that COMMIT behind it was not executed")
  func endedInCommand() throws {
    let fixture = try ConnectionFixture()
    let name = fixture.name()
    let connection = try fixture.connect(name)
    let found = Latch<Result<PostgreSQLFailure, any Error>>()
    let thread = DedicatedThread {
      found.open(
        with: Result {
          try failure {
            _ = try connection.run([
              .once("BEGIN"), .once("SELECT pg_sleep(3600)"), .once("COMMIT"),
            ])
          }
        })
    }
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
    try blockUntil("the command to run") {
      try fixture.server.query(sleeping + "AND application_name = '\(name)'") == ["1"]
    }
    try fixture.server.terminateConnections(application: name)
    try thread.join()
    let ended = try found.wait().get()
    #expect(ended.isConnectionLost && ended.sqlState == "57P01" && ended.index == 1)
    #expect(ended.mayHaveExecuted(0) && ended.mayHaveExecuted(1) && !ended.mayHaveExecuted(2))
    #expect(connection.isBroken && connection.transactionState == .unknown)
    #expect(ended.error("writing", "store x").code == .unavailable)
  }

  @Test("a server that does not answer in time costs the connection, and nothing is known")
  func noAnswer() throws {
    let fixture = try ConnectionFixture()
    let name = fixture.name()
    let waiting = try fixture.connect(name)
    waiting.responseTimeout = .milliseconds(50)
    let failed = try failure {
      _ = try waiting.run([.once("SELECT pg_sleep(3600)"), .once("COMMIT")])
    }
    #expect(failed.kind == .timedOut && failed.mayHaveExecuted(1))
    #expect(waiting.isBroken)
    #expect(failed.error("writing", "store x").code == .unavailable)
    waiting.close()
    try blockUntil("the server to give up") {
      let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'"
      return try fixture.server.query(count) == ["0"]
    }
  }
}
