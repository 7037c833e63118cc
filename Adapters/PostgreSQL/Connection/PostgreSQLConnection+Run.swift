import CPostgreSQL
import PlanDomain

/// Sending commands, and reading their results.
extension PostgreSQLConnection {
  /// Runs these commands in one round trip and returns their results in order.
  ///
  /// Without `BEGIN` they are one transaction. When one fails, the server skips those behind it;
  /// the connection can be used again, unless `isBroken` says otherwise: without `BEGIN` nothing has
  /// been changed, after `BEGIN` the transaction is `failed` and waits for `ROLLBACK`.
  func run(
    _ commands: [PostgreSQLCommand]
  ) throws(PostgreSQLFailure) -> [PostgreSQLRows] {
    try execute(count: commands.count) { () throws(PostgreSQLFailure) in
      try send(commands, from: 0)
    }
  }

  /// Runs segments of commands in one round trip and returns the results of all of them in order.
  ///
  /// Each segment ends as `run` of its commands would. The server runs a segment also when one
  /// before it has failed; the failure that is thrown is the first one.
  func run(
    segments: [[PostgreSQLCommand]]
  ) throws(PostgreSQLFailure) -> [PostgreSQLRows] {
    let count = segments.reduce(0) { $0 + $1.count }
    return try execute(count: count) { () throws(PostgreSQLFailure) in
      var index = 0
      for segment in segments {
        try send(segment, from: index)
        index += segment.count
      }
    }
  }

  /// Ends an open or failed transaction, and releases the locks of the session after a failure.
  ///
  /// A connection for which that fails is discarded.
  func rollBack() {
    guard !isBroken else { return }
    var segments: [[PostgreSQLCommand]] = []
    if transactionState != .idle { segments.append([PostgreSQLCommand(.rollback)]) }
    if mayHoldLocks { segments.append([PostgreSQLCommand(.releaseLocks)]) }
    guard !segments.isEmpty else { return }
    do throws(PostgreSQLFailure) {
      _ = try run(segments: segments)
      mayHoldLocks = false
    } catch { discard() }
    if transactionState != .idle { discard() }
  }

  private func execute(
    count: Int, _ send: () throws(PostgreSQLFailure) -> Void
  ) throws(PostgreSQLFailure) -> [PostgreSQLRows] {
    guard !isBroken else {
      throw failure(.connectionLost, "it was lost before", index: 0, wasSent: false)
    }
    expected.removeAll(keepingCapacity: true)
    try send()
    let deadline = SocketWait.now() + responseTimeout.nanoseconds
    try flush(until: deadline)
    return try receive(count: count, until: deadline)
  }

  private func send(
    _ commands: [PostgreSQLCommand], from first: Int
  ) throws(PostgreSQLFailure) {
    for (offset, command) in commands.enumerated() {
      let index = first + offset
      parameters.encode(command.values)
      if prepared.insert(command.statement.name).inserted {
        try prepare(command, index: index)
      }
      let code = library.functions.pointee.PQsendQueryPrepared(
        handle, command.statement.name, Int32(clamping: command.values.count),
        parameters.pointers, parameters.lengths, parameters.formats, 1)
      guard code != 0 else { throw sendingFailed() }
      expected.append(.command(index: index))
    }
    guard library.functions.pointee.PQpipelineSync(handle) != 0 else {
      throw sendingFailed()
    }
    expected.append(.end)
  }

  private func prepare(
    _ command: PostgreSQLCommand, index: Int
  ) throws(PostgreSQLFailure) {
    parameters.collectTypes(command.values)
    let code = library.functions.pointee.PQsendPrepare(
      handle, command.statement.name, command.statement.sql,
      Int32(clamping: command.values.count), parameters.types)
    guard code != 0 else { throw sendingFailed() }
    expected.append(.preparation(command.statement.name, index: index))
  }

  /// Gives everything to the system; reads meanwhile, because the server may not read on before.
  private func flush(until deadline: Int64) throws(PostgreSQLFailure) {
    while true {
      switch library.functions.pointee.PQflush(handle) {
      case 0: return
      case 1:
        let socket = library.functions.pointee.PQsocket(handle)
        switch SocketWait.wait(for: socket, toWrite: true, until: deadline) {
        case .writable: continue
        case .readable: try readInput(index: 0)
        case .timedOut: throw timedOut(index: 0)
        }
      default: throw failure(.connectionLost, message, index: 0, wasSent: true)
      }
    }
  }

  private func receive(
    count: Int, until deadline: Int64
  ) throws(PostgreSQLFailure) -> [PostgreSQLRows] {
    var rows: [PostgreSQLRows] = []
    rows.reserveCapacity(count)
    var first: PostgreSQLFailure?
    for next in expected {
      do throws(PostgreSQLFailure) {
        if let result = try receive(next, until: deadline), first == nil { rows.append(result) }
      } catch {
        first = first ?? error
        mayHoldLocks = true
        // Only the results of a connection that is still there can be waited for.
        if isBroken || error.isConnectionLost {
          discard()
          throw first ?? error
        }
      }
    }
    if let first { throw first }
    return rows
  }

  /// Receives what belongs to one expectation; returns the rows of a command.
  private func receive(
    _ expected: ExpectedResult, until deadline: Int64
  ) throws(PostgreSQLFailure) -> PostgreSQLRows? {
    switch expected {
    case .end:
      guard let result = try nextResult(index: 0, until: deadline) else {
        throw unexpected(index: 0)
      }
      defer { library.functions.pointee.PQclear(result) }
      guard library.functions.pointee.PQresultStatus(result) == 10 else {
        // Commands have executed: the code does not say of which of them it speaks.
        throw failure(.connectionLost, message, index: 0, wasSent: true)
      }
      return nil
    case .preparation(let name, let index):
      do throws(PostgreSQLFailure) {
        if try receiveOne(index: index, until: deadline) == nil { prepared.remove(name) }
      } catch {
        prepared.remove(name)
        throw error
      }
      return nil
    case .command(let index): return try receiveOne(index: index, until: deadline)
    }
  }

  /// Receives the result of one message and the nil that follows it; nil for one that was skipped.
  private func receiveOne(
    index: Int, until deadline: Int64
  ) throws(PostgreSQLFailure) -> PostgreSQLRows? {
    guard let result = try nextResult(index: index, until: deadline) else {
      throw unexpected(index: index)
    }
    let status = library.functions.pointee.PQresultStatus(result)
    switch status {
    case 0, 1, 2:  // PGRES_EMPTY_QUERY, PGRES_COMMAND_OK, PGRES_TUPLES_OK
      let rows = PostgreSQLRows(result, library, subject: subject)
      try receiveEnd(index: index, until: deadline)
      return rows
    case 11:  // PGRES_PIPELINE_ABORTED
      library.functions.pointee.PQclear(result)
      try receiveEnd(index: index, until: deadline)
      return nil
    default:
      defer { library.functions.pointee.PQclear(result) }
      let failed = failure(of: result, index: index)
      if !failed.isConnectionLost { try receiveEnd(index: index, until: deadline) }
      throw failed
    }
  }

  private func receiveEnd(index: Int, until deadline: Int64) throws(PostgreSQLFailure) {
    guard let extra = try nextResult(index: index, until: deadline) else { return }
    library.functions.pointee.PQclear(extra)
    throw unexpected(index: index)
  }

  private func nextResult(
    index: Int, until deadline: Int64
  ) throws(PostgreSQLFailure) -> OpaquePointer? {
    while library.functions.pointee.PQisBusy(handle) != 0 {
      let socket = library.functions.pointee.PQsocket(handle)
      guard SocketWait.wait(for: socket, toWrite: false, until: deadline) != .timedOut else {
        throw timedOut(index: index)
      }
      try readInput(index: index)
    }
    return library.functions.pointee.PQgetResult(handle)
  }

  private func readInput(index: Int) throws(PostgreSQLFailure) {
    guard library.functions.pointee.PQconsumeInput(handle) == 0 else { return }
    // The server's last words may have come before the end of the connection.
    if library.functions.pointee.PQisBusy(handle) == 0 { return }
    throw failure(.connectionLost, message, index: index, wasSent: true)
  }
}

/// The failures of a run.
extension PostgreSQLConnection {
  private func failure(
    _ kind: PostgreSQLFailure.Kind, _ message: String, index: Int, wasSent: Bool
  ) -> PostgreSQLFailure {
    if kind != .server { discard() }
    return PostgreSQLFailure(
      kind: kind, index: index, sqlState: "", constraint: "", message: message, wasSent: wasSent)
  }

  private func failure(of result: OpaquePointer, index: Int) -> PostgreSQLFailure {
    let failed = PostgreSQLFailure(result, library, index: index)
    if library.functions.pointee.PQstatus(handle) != 0, failed.sqlState.isEmpty {
      return failure(.connectionLost, message, index: index, wasSent: true)
    }
    // A plan or a prepared statement that is no longer valid: a new connection has neither.
    if failed.isConnectionLost || ["0A000", "26000"].contains(failed.sqlState) { discard() }
    return failed
  }

  private func timedOut(index: Int) -> PostgreSQLFailure {
    let seconds = responseTimeout.components.seconds
    return failure(
      .timedOut, "the server did not answer within \(seconds) s", index: index, wasSent: true)
  }

  private func unexpected(index: Int) -> PostgreSQLFailure {
    failure(.connectionLost, "the server answered out of order", index: index, wasSent: true)
  }

  /// The failure of queueing a command; what was queued before it may have been sent.
  private func sendingFailed() -> PostgreSQLFailure {
    let isLost = library.functions.pointee.PQstatus(handle) != 0 || !expected.isEmpty
    return failure(
      isLost ? .connectionLost : .outOfMemory, message, index: 0, wasSent: !expected.isEmpty)
  }
}

extension PostgreSQLStatement {
  static let rollback = PostgreSQLStatement("rollback", "ROLLBACK")
  static let releaseLocks = PostgreSQLStatement(
    "release_locks", "SELECT pg_advisory_unlock_all()")
}
