/// Work that waits for a connection without a thread.
struct PoolJob: Sendable {
  /// Uses the connection, and returns what is to be called once the pool has it back.
  let run: @Sendable (inout PostgreSQLConnection) -> @Sendable () -> Void
  /// Is called in place of `run` when there is no connection for the job.
  let fail: @Sendable (any Error) -> Void

  init<R: Sendable>(
    _ body: @escaping @Sendable (inout PostgreSQLConnection) throws -> R,
    completion: @escaping @Sendable (Result<R, any Error>) -> Void
  ) {
    run = { connection in
      let result = Result { try body(&connection) }
      return { completion(result) }
    }
    fail = { completion(.failure($0)) }
  }
}
