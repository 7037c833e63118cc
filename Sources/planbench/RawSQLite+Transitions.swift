import CSQLite

/// A claim and a release, each in a transaction of its own.
extension RawSQLite {
  /// The columns that a transition needs.
  struct Row {
    var number: Int64 = 0
    var version: Int64 = 0
    var epoch: Int64 = 0
    var queuedAt: Int64 = 0
    /// The position of the latest event.
    var latest: Int64 = 0
  }

  /// The number of the only actor, and of the list of leases.
  private static let (actor, leases): (Int64, Int64) = (1, 0)

  /// Reads the plan to claim; caches the one that it has just released, as the adapter does.
  func claimAndRelease() throws {
    try run(.begin)
    var number: Int64 = 0
    try run(.due) { statement in
      sqlite3_bind_int64(statement, 1, Self.actor)
      sqlite3_bind_int64(statement, 2, .max)
    } row: { statement in
      _ = sqlite3_column_blob(statement, 1)
      number = sqlite3_column_int64(statement, 2)
    }
    var row = try read(.planByNumber) { sqlite3_bind_int64($0, 1, number) }
    row.latest = try move(row, claim: true)
    try run(.commit)
    row.version += 1
    row.epoch += 1
    try run(.begin)
    _ = try move(row, claim: false)
    try run(.commit)
  }

  /// Moves the plan and appends its event; returns the position of the event.
  private func move(_ row: Row, claim: Bool) throws -> Int64 {
    let (version, epoch, queuedAt) = (row.version, row.epoch, row.queuedAt)
    try run(.insertEvent) { statement in
      sqlite3_bind_int64(statement, 1, row.number)
      sqlite3_bind_int64(statement, 2, version + 1)
      Self.bind(claim ? "claim" : "release", statement, 3)
      sqlite3_bind_int64(statement, 4, claim ? 0 : 1)
      sqlite3_bind_int64(statement, 5, claim ? 1 : 0)
      sqlite3_bind_int64(statement, 6, queuedAt + version)
      sqlite3_bind_int64(statement, 7, 1)
      sqlite3_bind_int64(statement, 8, epoch + 1)
      sqlite3_bind_int64(statement, 9, 1)
      Self.bind("bench", statement, 10)
      sqlite3_bind_int64(statement, 11, row.latest)
    }
    let position = sqlite3_last_insert_rowid(handle)
    try run(.saveProgress) { statement in
      for parameter in 1...29 as ClosedRange<Int32> { sqlite3_bind_null(statement, parameter) }
      sqlite3_bind_int64(statement, 1, claim ? 1 : 0)
      sqlite3_bind_int64(statement, 2, version + 1)
      sqlite3_bind_int64(statement, 3, claim ? 1 : 0)
      sqlite3_bind_int64(statement, 4, 0)
      sqlite3_bind_int64(statement, 5, epoch + 1)
      if claim {
        Self.bind("bench", statement, 6)
        sqlite3_bind_int64(statement, 7, queuedAt + 60_000_000)
        sqlite3_bind_int64(statement, 27, Self.leases)
        sqlite3_bind_int64(statement, 28, queuedAt + 60_000_000)
      } else {
        sqlite3_bind_int64(statement, 8, queuedAt + version)
        sqlite3_bind_int64(statement, 27, Self.actor)
        sqlite3_bind_int64(statement, 28, queuedAt + version)
      }
      sqlite3_bind_int64(statement, 9, 0)
      sqlite3_bind_int64(statement, 10, queuedAt + version)
      sqlite3_bind_int64(statement, 11, queuedAt)
      sqlite3_bind_int64(statement, 29, 0)
      sqlite3_bind_int64(statement, 30, position)
      sqlite3_bind_int64(statement, 31, row.number)
      sqlite3_bind_int64(statement, 32, version)
      sqlite3_bind_int64(statement, 33, epoch)
    }
    // A measurement without a change would be worthless.
    guard sqlite3_changes(handle) == 1 else { throw Failure(code: SQLITE_MISMATCH) }
    return position
  }

  /// Every column of the plan of this id.
  func read(_ id: [UInt8]) throws {
    _ = try read(.planByID) { planwright_sqlite3_bind_bytes($0, 1, id, 16) }
  }

  /// Reads every column of a plan; returns those that a transition needs.
  private func read(_ sql: RawStatement, _ bind: (OpaquePointer) -> Void) throws -> Row {
    var found = Row()
    try run(sql, bind) { statement in
      var bytes: Int32 = 0
      for column in 0..<sqlite3_column_count(statement) {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER:
          bytes &+= Int32(truncatingIfNeeded: sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
          if sqlite3_column_text(statement, column) != nil {
            bytes &+= sqlite3_column_bytes(statement, column)
          }
        case SQLITE_BLOB:
          if sqlite3_column_blob(statement, column) != nil {
            bytes &+= sqlite3_column_bytes(statement, column)
          }
        default: break
        }
      }
      found = Row(
        number: sqlite3_column_int64(statement, 0), version: sqlite3_column_int64(statement, 6),
        epoch: sqlite3_column_int64(statement, 9), queuedAt: sqlite3_column_int64(statement, 16),
        latest: sqlite3_column_int64(statement, 35))
    }
    return found
  }
}
