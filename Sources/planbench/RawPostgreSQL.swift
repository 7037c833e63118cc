import CPostgreSQL
import Foundation

/// libpq without a library around it: the adapter's statements, prepared once, in a pipeline.
///
/// Works in the schema of a store, so that tables, indexes and functions are the same. Used by one
/// thread.
final class RawPostgreSQL {
  struct Failure: Error, CustomStringConvertible { let description: String }

  private let functions: planwright_libpq
  private let connection: OpaquePointer
  /// A number that no other event or plan of this connection has.
  private var number: UInt64 = .random(in: 0...UInt64.max >> 1)

  /// Opens a connection to the server of a location of libpq, in this schema.
  init(_ location: String, schema: String) throws {
    var missing: UnsafePointer<CChar>?
    guard let table = planwright_libpq_open("libpq.so.5", &missing) else {
      throw Failure(description: "libpq.so.5 cannot be opened")
    }
    functions = table.pointee
    let (names, values) = (["dbname", "client_encoding"], [location, "UTF8"])
    let opened = Self.strings(names) { names in
      Self.strings(values) { values in table.pointee.PQconnectStartParams(names, values, 1) }
    }
    guard let opened else { throw Failure(description: "no memory") }
    connection = opened
    var step: Int32 = 2
    while step != 3 {
      guard step != 0 else { throw error() }
      var socket = pollfd(
        fd: functions.PQsocket(connection), events: Int16(step == 1 ? POLLIN : POLLOUT),
        revents: 0)
      _ = poll(&socket, 1, -1)
      step = functions.PQconnectPoll(connection)
    }
    _ = functions.PQsetnonblocking(connection, 1)
    guard functions.PQenterPipelineMode(connection) == 1 else { throw error() }
    try prepare([.set])
    try run([
      (.set, ["search_path", schema]), (.set, ["plan_cache_mode", "force_generic_plan"]),
      (.set, ["enable_seqscan", "off"]), (.set, ["jit", "off"]),
    ])
    // Only now, because the tables are found in the schema.
    try prepare(RawPostgreSQLStatement.allCases.filter { $0 != .set })
  }

  deinit { functions.PQfinish(connection) }

  private func prepare(_ statements: [RawPostgreSQLStatement]) throws {
    for statement in statements {
      let code = functions.PQsendPrepare(connection, statement.rawValue, statement.text, 0, nil)
      guard code == 1 else { throw error() }
    }
    try finish(statements.count)
  }

  /// The name of the next plan or key.
  func next() -> UInt64 {
    number += 1
    return number
  }

  /// Sends these commands in one round trip; returns the texts of the first row of one of them.
  @discardableResult
  func run(
    _ commands: [(RawPostgreSQLStatement, [String?])], returning index: Int? = nil
  ) throws -> [String?] {
    for (statement, values) in commands {
      let code = Self.strings(values) { pointers in
        functions.PQsendQueryPrepared(
          connection, statement.rawValue, Int32(values.count), pointers, nil, nil, 0)
      }
      guard code == 1 else { throw error() }
    }
    return try finish(commands.count, returning: index)
  }

  /// Sends what is queued and reads `count` results.
  @discardableResult
  private func finish(_ count: Int, returning index: Int? = nil) throws -> [String?] {
    guard functions.PQpipelineSync(connection) == 1 else { throw error() }
    while functions.PQflush(connection) == 1 {
      wait(POLLIN | POLLOUT)
      _ = functions.PQconsumeInput(connection)
    }
    var found: [String?] = []
    for position in 0...count {
      guard let result = nextResult() else { throw error() }
      defer { functions.PQclear(result) }
      let status = functions.PQresultStatus(result)
      // The end of the pipeline, the end of a command, rows.
      guard position == count ? status == 10 : status == 1 || status == 2 else { throw error() }
      if position == index { found = firstRow(of: result) }
      if position < count, nextResult() != nil { throw error() }
    }
    return found
  }

  private func firstRow(of result: OpaquePointer) -> [String?] {
    guard functions.PQntuples(result) > 0 else { return [] }
    return (0..<functions.PQnfields(result)).map { column in
      functions.PQgetisnull(result, 0, column) == 1
        ? nil : functions.PQgetvalue(result, 0, column).map { String(cString: $0) }
    }
  }

  private func nextResult() -> OpaquePointer? {
    while functions.PQisBusy(connection) == 1 {
      wait(POLLIN)
      if functions.PQconsumeInput(connection) == 0 { return nil }
    }
    return functions.PQgetResult(connection)
  }

  private func wait(_ events: Int32) {
    var socket = pollfd(
      fd: functions.PQsocket(connection), events: Int16(events), revents: 0)
    _ = poll(&socket, 1, -1)
  }

  private func error() -> Failure {
    Failure(
      description: functions.PQerrorMessage(connection).map { String(cString: $0) } ?? "no reason")
  }

  /// Runs the body with C strings, followed by nil.
  private static func strings<R>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
  ) -> R {
    let pointers = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() {
      pointers[index] = text.flatMap { strdup($0) }.map { UnsafePointer($0) }
    }
    pointers[texts.count] = nil
    defer {
      for index in texts.indices { free(UnsafeMutableRawPointer(mutating: pointers[index])) }
      pointers.deallocate()
    }
    return body(pointers)
  }
}
